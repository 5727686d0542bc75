//! The short way for the body that nearly every request has: one citizen by number, name and birth date, nothing typed.
//!
//! The strict reader keeps the place of every value, for findings that such a body has none of. Here the body is read into
//! texts that are borrowed from it. Whatever is not plain, or not good, takes the long way, and a test holds both equal.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Date;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{AskedPerson, AutofillRequest, PersonInput, good_word};
use crate::citizen::{Name, Number, PartialDate, Query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'b> {
    #[serde(borrow)]
    service: Cow<'b, str>,
    #[serde(borrow)]
    citizen: Object<Citizen<'b>>,
    #[serde(borrow, default, deserialize_with = "text")]
    officer: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    agency: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    dossier: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    form: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    citizen_role: Option<Cow<'b, str>>,
    #[serde(default)]
    refresh: bool,
    #[serde(default)]
    sign: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Citizen<'b> {
    #[serde(borrow)]
    id: Cow<'b, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    name: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    birth_date: Option<Cow<'b, str>>,
}

/// A JSON object: a derived reader would take the members from a list too.
struct Object<T>(T);

impl<'b, T: Deserialize<'b>> Deserialize<'b> for Object<T> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap<T>(PhantomData<T>);
        impl<'b, T: Deserialize<'b>> Visitor<'b> for OfMap<T> {
            type Value = Object<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'b>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(OfMap(PhantomData))
    }
}

/// A member that is there is a text: `null` is none, and the long way says so.
fn text<'b, D: Deserializer<'b>>(deserializer: D) -> Result<Option<Cow<'b, str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Text<'b>(#[serde(borrow)] Cow<'b, str>);
    Text::deserialize(deserializer).map(|text| Some(text.0))
}

/// The request; `None`: it must be read the long way.
pub fn read(body: &str, today: Date) -> Option<AutofillRequest> {
    let Object(body): Object<Body<'_>> = serde_json::from_str(body).ok()?;
    let Object(citizen) = body.citizen;
    let word = |text: Option<Cow<'_, str>>| match text {
        None => Some(None),
        Some(text) => good_word(&text).map(|word| Some(word.to_owned())),
    };
    let name = citizen.name.map_or(Some(None), |name| Name::parse(&name).ok().map(Some))?;
    let born = |text: Cow<'_, str>| PartialDate::parse_iso(&text, today).ok().map(Some);
    let birth_date = citizen.birth_date.map_or(Some(None), born)?;
    let query = Query { number: Number::parse(&citizen.id).ok()?, name, birth_date };
    Some(AutofillRequest {
        service: good_word(&body.service)?.to_owned(),
        citizen: PersonInput::Query(Box::new(AskedPerson { query, card: None })),
        persons: Vec::new(),
        officer: word(body.officer)?,
        agency: word(body.agency)?,
        dossier: word(body.dossier)?,
        dossier_date: None,
        form: word(body.form)?,
        citizen_role: word(body.citizen_role)?,
        refresh: body.refresh,
        typed: Vec::new(),
        sign: body.sign,
        signed: None,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::read_root;
    use super::*;
    use crate::strict_json;

    fn long_way(body: &str) -> Option<AutofillRequest> {
        let today = date(2026, 11, 25);
        strict_json::read(body, |root, findings| read_root(root, today, findings)).ok()
    }

    fn short_way(body: &str) -> Option<AutofillRequest> {
        read(body, date(2026, 11, 25))
    }

    /// Whatever the short way reads, the long way reads as the same.
    fn check(body: &str) -> Result<(), String> {
        match (short_way(body), long_way(body)) {
            (Some(short), Some(long)) if short == long => Ok(()),
            (Some(_), Some(_)) => Err("read as something else".to_owned()),
            (Some(_), None) => Err("read though it is refused".to_owned()),
            (None, _) => Ok(()),
        }
    }

    #[test]
    fn the_usual_bodies_take_the_short_way() {
        for body in [
            r#"{"service":"1.1","citizen":{"id":"999085000001"}}"#,
            r#" { "citizen" : { "birth_date":"1985", "name":"Tr\u1ea7n M\u1eaaU", "id":"999085000001" },
                "service":"1.1","officer":"cb","agency":"H01.12","dossier":"d","form":"f","refresh":true,"sign":false,
                "citizen_role":"none"} "#,
        ] {
            assert!(short_way(body).is_some() && check(body) == Ok(()), "{body}");
        }
    }

    #[test]
    fn what_is_not_plain_or_not_good_takes_the_long_way() {
        for body in [
            "",
            "[]",
            "\u{feff}{\"service\":\"1.1\",\"citizen\":{\"id\":\"999085000001\"}}",
            r#"{"service":"1.1","service":"1.1","citizen":{"id":"999085000001"}}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001","id":"999085000001"}}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001"},"officer":null}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001"},"refresh":null}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001"},"refresh":1}"#,
            r#"{"service":"1.1","citizen":{"id":999085000001}}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001"},"typed":{}}"#,
            r#"{"service":"1.1","citizen":{"same_as":"cha"}}"#,
            r#"{"service":"1.1","citizen":["999085000001","M\u1eaaU","1985"]}"#,
            r#"["1.1",{"id":"999085000001"},"cb","H01.12","d","f","none",true,false]"#,
            r#"{"service":" ","citizen":{"id":"999085000001"}}"#,
            r#"{"service":"1.1","citizen":{"id":"99908500000"}}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001","birth_date":"2999"}}"#,
            r#"{"service":"1.1","citizen":{"id":"999085000001"}} x"#,
            r#"{"service":"\ud800","citizen":{"id":"999085000001"}}"#,
            "{\"service\":\"1\u{1}\",\"citizen\":{\"id\":\"999085000001\"}}",
            r#"{"service":"1.1","citizen":{"id":"999085000001"},"oficer":"x"}"#,
        ] {
            assert!(short_way(body).is_none(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_come_to_the_same(
            service in "[0-9. a\u{0}-\u{1f}\\\\\"]{0,6}",
            id in "(999[0-9]{9}|[0-9 .-]{0,14})",
            extra in proptest::collection::vec((
                "(officer|agency|dossier|form|citizen_role|refresh|sign|typed|name|dossier_date|citizen|service|x)",
                "(\"[a-zA-Zà ]{0,5}\"|null|true|false|1|\\{\\}|\\[\\]|\"\\\\u00e0\")"), 0..4),
            inside in proptest::collection::vec((
                "(name|birth_date|qr|same_as|id|x)", "(\"[A-Z ]{0,5}\"|\"19[0-9]{2}\"|null|1)"), 0..3),
            around in "[ \t\n\u{a0}]{0,2}",
        ) {
            let members = |list: &[(String, String)]| {
                list.iter().map(|(key, value)| format!(",{around}\"{key}\":{value}")).collect::<String>()
            };
            let (inside, extra) = (members(&inside), members(&extra));
            let body = format!("{around}{{\"service\":\"{service}\",\"citizen\":{{\"id\":\"{id}\"{inside}}}{extra}}}");
            prop_assert_eq!(check(&body), Ok(()));
        }
    }
}
