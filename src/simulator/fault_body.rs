//! Edits of a good answer that a record cannot express, on SOAP and JSON text alike (PROTOCOL §11; RISKS U3, U4, U8).

use super::misbehaving::{FAULTY_NAME, WRONG_NUMBER};

const NUMBER: &str = "SoDinhDanh";
/// Levels of the entities below; each is ten of the one before: 10⁹ times six bytes.
const BOMB_LEVELS: usize = 9;

/// The text up to the fifth digit of `SoDinhDanh`; a text without one (a token) up to its middle.
pub fn truncated(mut body: String, number: &str) -> String {
    let cut = body.find(NUMBER).and_then(|key| body[key..].find(number).map(|digits| key + digits + 5));
    body.truncate(cut.unwrap_or_else(|| middle(&body)));
    body
}

/// Half of a text, on a character's border.
pub fn middle(body: &str) -> usize {
    body.floor_char_boundary(body.len() / 2)
}

/// The same reply, with a document type whose entity stands for the name.
pub fn with_doctype(body: &str) -> String {
    let doctype = format!("<!DOCTYPE mau [<!ENTITY ten \"{FAULTY_NAME}\">]>");
    after_declaration(&body.replacen(FAULTY_NAME, "&ten;", 1), &doctype)
}

/// The same reply, with a name that is an entity of entities of entities.
pub fn with_entity_bomb(body: &str) -> String {
    let mut doctype = "<!DOCTYPE mau [<!ENTITY m0 \"MAUMAU\">".to_owned();
    for level in 1..=BOMB_LEVELS {
        let references = format!("&m{};", level - 1).repeat(10);
        doctype.push_str(&format!("<!ENTITY m{level} \"{references}\">"));
    }
    doctype.push_str("]>");
    after_declaration(&body.replacen(FAULTY_NAME, &format!("&m{BOMB_LEVELS};"), 1), &doctype)
}

/// The same reply with the name in CDATA; JSON has none and stays as it is.
pub fn with_cdata(body: &str) -> String {
    body.replacen(&format!(">{FAULTY_NAME}<"), &format!("><![CDATA[{FAULTY_NAME}]]><"), 1)
}

/// The same reply with a byte in the name that no UTF-8 text has.
pub fn with_invalid_utf8(body: String) -> Vec<u8> {
    let at = body.find(FAULTY_NAME).unwrap_or(0);
    let mut bytes = body.into_bytes();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = 0xff;
    }
    bytes
}

/// The same reply with a second `SoDinhDanh`, that of another person.
pub fn with_second_number(body: &str, number: &str) -> String {
    let Some(place) = Place::of_number(body) else { return body.to_owned() };
    let Some(digits) = body[place.at()..].find(number).map(|offset| place.at() + offset) else {
        return body.to_owned();
    };
    let after = digits + number.len();
    let end = match place {
        Place::Xml(_) => body[after..].find('>').map(|close| after + close + 1),
        Place::Json(_) => body[after..].find('"').map(|close| after + close + 1),
    };
    let Some(end) = end else { return body.to_owned() };
    let second = body[place.at()..end].replacen(number, WRONG_NUMBER, 1);
    let between = if matches!(place, Place::Json(_)) { "," } else { "" };
    format!("{}{between}{second}{}", &body[..end], &body[end..])
}

/// The same reply with unknown elements in the record, one in the other.
pub fn with_deep_nesting(body: &str, levels: usize) -> String {
    before_number(body, |place| match place {
        Place::Xml(_) => format!("{}{}", "<mau>".repeat(levels), "</mau>".repeat(levels)),
        Place::Json(_) => format!("\"mau\":{}{},", "[".repeat(levels), "]".repeat(levels)),
    })
}

/// The same reply with unknown elements in the record, one after the other.
pub fn with_many_elements(body: &str, count: usize) -> String {
    before_number(body, |place| match place {
        Place::Xml(_) => "<mau/>".repeat(count),
        Place::Json(_) => (0..count).map(|index| format!("\"mau{index}\":\"\",")).collect(),
    })
}

/// Where the first `SoDinhDanh` of a reply begins, and how the reply is written there.
#[derive(Clone, Copy)]
enum Place {
    Xml(usize),
    Json(usize),
}

impl Place {
    fn of_number(body: &str) -> Option<Self> {
        let name = body.find(NUMBER)?;
        match body[..name].bytes().next_back()? {
            b'"' => Some(Self::Json(name - 1)),
            _ => body[..name].rfind('<').map(Self::Xml),
        }
    }

    fn at(self) -> usize {
        match self {
            Self::Xml(at) | Self::Json(at) => at,
        }
    }
}

fn before_number(body: &str, more: impl FnOnce(Place) -> String) -> String {
    match Place::of_number(body) {
        Some(place) => format!("{}{}{}", &body[..place.at()], more(place), &body[place.at()..]),
        None => body.to_owned(),
    }
}

/// Text put between the XML declaration and the root element.
fn after_declaration(body: &str, text: &str) -> String {
    let end = body.find("?>").map_or(0, |end| end + 2);
    format!("{}{text}{}", &body[..end], &body[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "999099000244";
    const XML: &str =
        "<?xml version=\"1.0\"?><a:B><a:SoDinhDanh>999099000244</a:SoDinhDanh><a:Ten>NGUYỄN VĂN MẪU LỖI</a:Ten></a:B>";
    const JSON: &str = "{\"B\":{\"SoDinhDanh\":\"999099000244\",\"Ten\":\"NGUYỄN VĂN MẪU LỖI\"}}";

    #[test]
    fn a_second_number_stands_beside_the_first_in_xml_and_json() {
        let xml = with_second_number(XML, ASKED);
        assert!(
            xml.contains("<a:SoDinhDanh>999099000244</a:SoDinhDanh><a:SoDinhDanh>999185099999</a:SoDinhDanh><a:Ten>")
        );
        let json = with_second_number(JSON, ASKED);
        assert!(json.contains("\"SoDinhDanh\":\"999099000244\",\"SoDinhDanh\":\"999185099999\",\"Ten\""), "{json}");
    }

    #[test]
    fn a_text_is_cut_in_the_number_and_a_token_in_the_middle() {
        assert!(truncated(XML.to_owned(), ASKED).ends_with("SoDinhDanh>99909"));
        assert!(truncated(JSON.to_owned(), ASKED).ends_with("SoDinhDanh\":\"99909"));
        assert_eq!(truncated("0123ệ".to_owned(), ""), "012");
    }

    #[test]
    fn extra_elements_leave_json_json() {
        for body in [with_deep_nesting(JSON, 50), with_many_elements(JSON, 3)] {
            let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(value["B"]["SoDinhDanh"], ASKED);
        }
        assert!(with_many_elements(XML, 2).contains("<a:B><mau/><mau/><a:SoDinhDanh>"));
        assert!(with_deep_nesting(XML, 2).contains("<mau><mau></mau></mau><a:SoDinhDanh>"));
    }

    #[test]
    fn the_edits_of_the_name_are_there() {
        assert!(with_cdata(XML).contains("<![CDATA[NGUYỄN VĂN MẪU LỖI]]>"));
        assert!(std::str::from_utf8(&with_invalid_utf8(XML.to_owned())).is_err());
        assert!(with_doctype(XML).contains("?><!DOCTYPE mau") && with_doctype(XML).contains(">&ten;<"));
        let bomb = with_entity_bomb(XML);
        assert!(bomb.contains("<!ENTITY m9 \"&m8;&m8;") && bomb.contains(">&m9;<") && bomb.len() < 2000);
    }
}
