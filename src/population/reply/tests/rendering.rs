//! One record, however it is written: XML or JSON, whatever prefix, white space, comment, reference or attribute.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

use super::{ADULT, found};

/// An element before it is written.
#[derive(Clone, Debug)]
enum Content {
    Absent,
    Text(String),
    Group(Vec<(&'static str, Content)>),
}

fn leaf(values: &'static [&'static str]) -> impl Strategy<Value = Content> + Clone {
    prop_oneof![
        1 => Just(Content::Absent),
        1 => select(&["", " ", "null"][..]).prop_map(|blank| Content::Text(blank.to_owned())),
        4 => select(values).prop_map(|value| Content::Text(value.to_owned())),
    ]
}

fn group(children: Vec<(&'static str, BoxedStrategy<Content>)>) -> BoxedStrategy<Content> {
    let (names, contents): (Vec<_>, Vec<_>) = children.into_iter().unzip();
    prop_oneof![
        1 => Just(Content::Absent),
        1 => Just(Content::Text(String::new())),
        6 => contents.prop_map(move |contents| Content::Group(names.iter().copied().zip(contents).collect())),
    ]
    .boxed()
}

fn address() -> BoxedStrategy<Content> {
    group(vec![
        ("MaTinhThanh", leaf(&["01", "92"]).boxed()),
        ("MaQuanHuyen", leaf(&["001", "000"]).boxed()),
        ("MaPhuongXa", leaf(&["00001", "31135"]).boxed()),
        ("ChiTiet", leaf(&["SỐ 1 ĐƯỜNG MẪU", "Tổ 3, <khu> \"A\" & 'B' ]]>"]).boxed()),
        ("QuocGia", leaf(&["VN", "CZ"]).boxed()),
    ])
}

fn relative() -> BoxedStrategy<Content> {
    let name = prop_oneof![
        leaf(&["NGUYỄN VĂN MẪU CHA", "H'Mẫu Ayŭn"]).boxed(),
        group(vec![("Ho", leaf(&["Trần"]).boxed()), ("Ten", leaf(&["Mẫu  Mẹ", "Mẫu\u{301}"]).boxed())]),
    ];
    group(vec![
        ("HoVaTen", name.boxed()),
        ("QuocTich", leaf(&["VN", "CZ"]).boxed()),
        ("SoDinhDanh", leaf(&["999058000002", "999 058 000002"]).boxed()),
        ("SoCMND", leaf(&["999000002"]).boxed()),
    ])
}

/// A person with the adult's number; everything else may be there or not.
fn person() -> impl Strategy<Value = Content> {
    let birth = group(vec![
        ("Nam", leaf(&["1985"]).boxed()),
        ("NgayThangNam", leaf(&["19850312", "1985-03-12", "19850000", "N/A"]).boxed()),
    ]);
    let name = group(vec![
        ("Ho", leaf(&["Nguyễn"]).boxed()),
        ("ChuDem", leaf(&["Văn Mẫu"]).boxed()),
        ("Ten", Just(Content::Text("Một".to_owned())).boxed()),
    ]);
    let whole = vec![
        ("NgayThangNamSinh", birth),
        ("GioiTinh", leaf(&["1", "2", "Nam"]).boxed()),
        ("DanToc", prop_oneof![leaf(&["01", "Kinh"]), group(vec![("MaDanToc", leaf(&["05"]).boxed())])].boxed()),
        ("La", leaf(&["x"]).boxed()),
        ("QuocTich", leaf(&["VN"]).boxed()),
        ("ThuongTru", address()),
        ("NoiOHienTai", address()),
        ("Cha", relative()),
        ("VoChong", relative()),
        ("TrangThaiCongDan", leaf(&["1", "2"]).boxed()),
    ];
    let (names, contents): (Vec<_>, Vec<_>) = whole.into_iter().unzip();
    (contents, name).prop_map(move |(contents, name)| {
        // A name of which the first parts are missing is another name.
        let is_whole = matches!(&name, Content::Group(parts) if parts.iter().all(|(_, part)| matches!(part, Content::Text(text) if !matches!(text.trim(), "" | "null"))));
        let mut children = vec![("SoDinhDanh", Content::Text(ADULT[0].to_owned()))];
        children.push(("HoVaTen", if is_whole { name } else { Content::Absent }));
        children.extend(names.iter().copied().zip(contents));
        Content::Group(children)
    })
}

fn json(content: &Content) -> serde_json::Value {
    match content {
        Content::Absent => serde_json::Value::Null,
        Content::Text(text) => text.clone().into(),
        Content::Group(children) => {
            let given = children.iter().filter(|(_, child)| !matches!(child, Content::Absent));
            given.map(|(name, child)| ((*name).to_owned(), json(child))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}

/// Writes XML in one of its many equal forms; the choices decide which, none is the plain one.
struct Writer<'a> {
    out: String,
    prefix: &'static str,
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl Writer<'_> {
    fn choose(&mut self) -> u8 {
        self.choices.next().copied().unwrap_or_default()
    }

    fn tag(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}:{name}", self.prefix) }
    }

    fn element(&mut self, name: &str, content: &Content) {
        if matches!(content, Content::Absent) {
            return;
        }
        let tag = self.tag(name);
        let attribute = match self.choose() % 4 {
            1 => " la=\"&lt;x&#62;\"",
            2 => "\n xml:lang = 'vi' ",
            3 => " xmlns:rieng=\"urn:x\" rieng:la=\"\"",
            _ => "",
        };
        if matches!(content, Content::Text(text) if text.is_empty()) && self.choose() % 2 == 1 {
            let _ = write!(self.out, "<{tag}{attribute}/>");
            return;
        }
        let _ = write!(self.out, "<{tag}{attribute}>");
        match content {
            Content::Absent => {}
            Content::Text(text) => self.text(text),
            Content::Group(children) => {
                for (name, child) in children {
                    self.space();
                    self.element(name, child);
                }
                self.space();
            }
        }
        let end = if self.choose() % 4 == 1 { " \n" } else { "" };
        let _ = write!(self.out, "</{tag}{end}>");
    }

    fn space(&mut self) {
        let space = match self.choose() % 5 {
            1 => "\n    ",
            2 => "\r\n\t",
            3 => "<!-- <x/> & -->",
            4 => "<![CDATA[ ]]>",
            _ => "",
        };
        self.out.push_str(space);
    }

    fn text(&mut self, text: &str) {
        if self.choose() % 4 == 1 {
            self.out.push_str(" \r\n");
        }
        for character in text.chars() {
            match (self.choose() % 8, character) {
                (1, _) => _ = write!(self.out, "&#{};", u32::from(character)),
                (2, _) => _ = write!(self.out, "&#x{:X};", u32::from(character)),
                (3, character) if character != ']' && character != '>' => {
                    _ = write!(self.out, "<![CDATA[{character}]]>");
                }
                (_, '<') => self.out.push_str("&lt;"),
                (_, '>') => self.out.push_str("&gt;"),
                (_, '&') => self.out.push_str("&amp;"),
                (4, '"') => self.out.push_str("&quot;"),
                (4, '\'') => self.out.push_str("&apos;"),
                (5, character) => _ = write!(self.out, "<!-- - -->{character}"),
                _ => self.out.push(character),
            }
        }
    }
}

fn xml(person: &Content, prefix: &'static str, choices: &[u8]) -> String {
    let mut writer = Writer { out: String::new(), prefix, choices: choices.iter().cycle() };
    writer.element("CongDan", person);
    let mark = if choices.first().is_some_and(|first| first % 2 == 1) { "\u{feff}" } else { "" };
    let binding = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    let collection = writer.tag("CongdanCollection");
    format!(
        "{mark}<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><{collection} \
         {binding}=\"http://www.mic.gov.vn/dancu/1.0\">{}</{collection}></s:Body></s:Envelope>",
        writer.out
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn xml_and_json_of_one_record_are_read_alike(person in person()) {
        let from_xml = found(&xml(&person, "ns1", &[]), ADULT);
        let collection = serde_json::json!({ "CongDan": json(&person) });
        let bodies = [
            serde_json::json!({ "Envelope": { "Header": "", "Body": { "CongdanCollection": collection } } }),
            serde_json::json!({ "Body": { "CongdanCollection": { "CongDan": [json(&person)] } } }),
            serde_json::json!({ "SoCongDan": "1", "CongDan": json(&person) }),
            serde_json::json!({ "error_code": "0", "message": xml(&person, "", &[]) }),
        ];
        for body in bodies {
            prop_assert!(found(&body.to_string(), ADULT) == from_xml);
        }
    }

    #[test]
    fn how_a_record_is_packed_does_not_change_it(
        person in person(),
        prefix in select(&["", "ns1", "dan", "_x-1.y"][..]),
        choices in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        prop_assert!(found(&xml(&person, prefix, &choices), ADULT) == found(&xml(&person, "ns1", &[]), ADULT));
    }
}
