//! Styles in words, for the table of people and for the control interface.
//!
//! `word=value`, separated by commas, each word at most once:
//!
//! | word | values |
//! | --- | --- |
//! | `blank` | `absent`, `empty`, `empty-children`, `spaces`, `null` |
//! | `soap-prefix` | `soapenv`, `SOAP-ENV`, `S`, `soap` |
//! | `prefix` | `ns1`, `ns2`, `ns3`, `dc`, `dancu`, `none` |
//! | `relatives` | `text`, `group` |
//! | `nobody` | `empty-collection`, `no-collection`, `empty-person` |
//! | `attributes`, `unknown-element`, `standard-forms`, `text-nodes` | `on`, `off` |
//! | `address` | `old`, `new`, `standard` |
//! | `json` | `envelope`, `bare`, `wrapped`, `qcvn109` |
//! | `person` | `object`, `list` |

use super::reply_style::{AddressForm, Blank, JsonFlavour, NameShape, Nobody, PLAIN, PersonShape, Style};

const WORDS: &str = "blank, soap-prefix, prefix, relatives, nobody, attributes, unknown-element, standard-forms, \
                     text-nodes, address, json, person";
const ON_OFF: &[(&str, bool)] = &[("on", true), ("off", false)];

impl Style {
    /// The recorded style with these words; see [`Style::with`].
    ///
    /// # Errors
    /// One sentence that names the word and what is allowed.
    pub fn parse(words: &str) -> Result<Self, String> {
        PLAIN.with(words)
    }

    /// This style with these words in place of its own; what is not named stays. No words change nothing.
    ///
    /// # Errors
    /// One sentence that names the word and what is allowed.
    pub fn with(mut self, words: &str) -> Result<Self, String> {
        let mut seen = Vec::new();
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("\"{word}\" is not word=value"))?;
            let (key, value) = (key.trim(), value.trim());
            if seen.contains(&key) {
                return Err(format!("{key} is named twice"));
            }
            seen.push(key);
            self.set(key, value)?;
        }
        Ok(self)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "blank" => self.blank = one_of(key, value, BLANKS)?,
            "soap-prefix" => self.soap_prefix = one_of(key, value, SOAP_PREFIXES)?,
            "prefix" => self.prefix = one_of(key, value, PREFIXES)?,
            "relatives" => {
                self.relatives = one_of(key, value, &[("text", NameShape::Text), ("group", NameShape::Group)])?;
            }
            "nobody" => self.nobody = one_of(key, value, NOBODIES)?,
            "attributes" => self.attributes = one_of(key, value, ON_OFF)?,
            "unknown-element" => self.unknown_element = one_of(key, value, ON_OFF)?,
            "standard-forms" => self.standard_forms = one_of(key, value, ON_OFF)?,
            "text-nodes" => self.text_nodes = one_of(key, value, ON_OFF)?,
            "address" => self.address = one_of(key, value, ADDRESSES)?,
            "json" => self.json = one_of(key, value, FLAVOURS)?,
            "person" => {
                self.person = one_of(key, value, &[("object", PersonShape::Object), ("list", PersonShape::List)])?;
            }
            _ => return Err(format!("\"{key}\" is not one of {WORDS}")),
        }
        Ok(())
    }
}

const BLANKS: &[(&str, Blank)] = &[
    ("absent", Blank::Absent),
    ("empty", Blank::Empty),
    ("empty-children", Blank::EmptyChildren),
    ("spaces", Blank::Spaces),
    ("null", Blank::Null),
];
const SOAP_PREFIXES: &[(&str, &str)] =
    &[("soapenv", "soapenv"), ("SOAP-ENV", "SOAP-ENV"), ("S", "S"), ("soap", "soap")];
const PREFIXES: &[(&str, &str)] =
    &[("ns1", "ns1"), ("ns2", "ns2"), ("ns3", "ns3"), ("dc", "dc"), ("dancu", "dancu"), ("none", "")];
const NOBODIES: &[(&str, Nobody)] = &[
    ("empty-collection", Nobody::EmptyCollection),
    ("no-collection", Nobody::NoCollection),
    ("empty-person", Nobody::EmptyPerson),
];
const ADDRESSES: &[(&str, AddressForm)] =
    &[("old", AddressForm::Old), ("new", AddressForm::New), ("standard", AddressForm::Standard)];
const FLAVOURS: &[(&str, JsonFlavour)] = &[
    ("envelope", JsonFlavour::Envelope),
    ("bare", JsonFlavour::Bare),
    ("wrapped", JsonFlavour::Wrapped),
    ("qcvn109", JsonFlavour::Qcvn109),
];

fn one_of<T: Copy>(key: &str, value: &str, allowed: &[(&str, T)]) -> Result<T, String> {
    let found = allowed.iter().find(|(name, _)| *name == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
        format!("{key}=\"{value}\" is not one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_what_they_name_and_nothing_else() {
        let style = Style::parse("blank=absent, json=bare,prefix=none,text-nodes=on,person=list").expect("a style");
        let expected = Style {
            blank: Blank::Absent,
            json: JsonFlavour::Bare,
            prefix: "",
            text_nodes: true,
            person: PersonShape::List,
            ..PLAIN
        };
        assert_eq!(style, expected);
        assert_eq!(Style::parse(""), Ok(PLAIN));
        let nine = Style::of_number("999085000009");
        let changed = nine.with("blank=null").expect("a style");
        assert_eq!(changed, Style { blank: Blank::Null, ..nine });
    }

    #[test]
    fn every_value_can_be_said() {
        let all = "blank=null,soap-prefix=S,prefix=ns2,relatives=group,nobody=empty-person,attributes=on,\
                   unknown-element=on,standard-forms=on,address=standard,json=qcvn109,text-nodes=on,person=list";
        let style = Style::parse(all).expect("a style");
        assert_eq!((style.soap_prefix, style.prefix, style.nobody), ("S", "ns2", Nobody::EmptyPerson));
        assert!(style.attributes && style.unknown_element && style.standard_forms && style.text_nodes);
        assert_eq!((style.address, style.json), (AddressForm::Standard, JsonFlavour::Qcvn109));
    }

    #[test]
    fn a_wrong_word_is_named_with_what_is_allowed() {
        for (words, parts) in [
            ("colour=red", ["\"colour\"", "json"]),
            ("json=yaml", ["json=\"yaml\"", "envelope, bare, wrapped, qcvn109"]),
            ("blank", ["\"blank\"", "word=value"]),
            ("json=bare,json=envelope", ["json", "twice"]),
        ] {
            let error = Style::parse(words).expect_err("refused");
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
