//! The body of `POST /v1/autofill`, read strictly: every unknown key, wrong shape and unreadable number is a finding
//! with its JSON pointer, and no finding ever quotes a value.

mod plain;

use jiff::civil::Date;

use super::typed::read_typed;
use crate::citizen::{Card, Name, Number, PartialDate, Query, ScannedCard};
use crate::signing::Signed;
use crate::strict_json::{self, Finding, Node, ObjectReader, escape};

/// Most rows of one list.
const MAX_ROWS: usize = 20;
/// Longest officer, agency, dossier, form or role text.
const MAX_WORD: usize = 100;

/// A request as asked; nothing is resolved against the catalogue yet.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct AutofillRequest {
    pub service: String,
    pub citizen: PersonInput,
    /// Further people by role, in request order.
    pub persons: Vec<(String, PersonInput)>,
    pub officer: Option<String>,
    pub agency: Option<String>,
    pub dossier: Option<String>,
    pub dossier_date: Option<Date>,
    pub form: Option<String>,
    pub citizen_role: Option<String>,
    pub refresh: bool,
    /// What the citizen already typed, by property; blanks are left out.
    pub typed: Vec<(String, serde_json::Value)>,
    /// Whether the answer is to be signed.
    pub sign: bool,
    /// The signed statement of an earlier answer that this request goes on from.
    pub signed: Option<Signed>,
}

/// A finished form and the statement of what was delivered for it; nobody is looked up.
pub struct DeliveredRequest {
    pub signed: Signed,
    pub typed: Vec<(String, serde_json::Value)>,
    pub service: Option<String>,
    pub form: Option<String>,
    pub dossier: Option<String>,
}

/// What a body of `POST /v1/verify` asks.
pub enum VerifyRequest {
    People(Box<AutofillRequest>),
    /// What became of an earlier answer: the body hands one back and names no citizen.
    Delivered(DeliveredRequest),
}

impl VerifyRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// Every finding of the body.
    pub fn read(body: &str, today: Date) -> Result<Self, Vec<Finding>> {
        strict_json::read(body, |root, findings| {
            let has = |key: &str| root.member(key).is_some();
            if has("signed") && !has("citizen") {
                read_delivered(root, findings).map(Self::Delivered)
            } else {
                read_root(root, today, findings).map(|request| Self::People(Box::new(request)))
            }
        })
    }
}

/// Somebody to be looked up.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct AskedPerson {
    pub query: Query,
    /// What was scanned, when the person was given by a card.
    pub card: Option<ScannedCard>,
}

impl AutofillRequest {
    /// The same request, asked by this officer of this agency.
    pub fn asked_by(&self, officer: Option<String>, agency: Option<String>) -> Self {
        Self { officer, agency, ..self.clone() }
    }
}

/// One person in a request.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub enum PersonInput {
    /// To be looked up.
    Query(Box<AskedPerson>),
    /// Several people of one role: the rows of a list field.
    Rows(Vec<AskedPerson>),
    /// The same person as the citizen (`citizen`) or as another role.
    SameAs(String),
}

impl AutofillRequest {
    /// Reads a request from a tree; says in `findings` what is wrong with it.
    pub fn of_node(root: &Node, today: Date, findings: &mut Vec<Finding>) -> Option<Self> {
        read_root(root, today, findings)
    }

    /// Reads a request body.
    ///
    /// # Errors
    /// Every finding of the body.
    pub fn read(body: &str, today: Date) -> Result<Self, Vec<Finding>> {
        if let Some(plain) = plain::read(body, today) {
            return Ok(plain);
        }
        strict_json::read(body, |root, findings| read_root(root, today, findings))
    }
}

fn read_delivered(root: &Node, findings: &mut Vec<Finding>) -> Option<DeliveredRequest> {
    let mut body = ObjectReader::new(root, "", findings)?;
    let service = word(&mut body, "service");
    let form = word(&mut body, "form");
    let dossier = word(&mut body, "dossier");
    let signed = body.required_node("signed");
    let typed = body.required_node("typed");
    body.finish();
    let signed = read_signed(signed?, findings)?;
    let typed = read_typed(typed?, findings)?;
    Some(DeliveredRequest { signed, typed, service, form, dossier })
}

fn read_signed(node: &Node, findings: &mut Vec<Finding>) -> Option<Signed> {
    let mut signed = ObjectReader::new(node, "/signed", findings)?;
    let statement = signed.required_text("statement");
    let jws = signed.required_text("jws");
    signed.finish();
    Some(Signed { statement: statement?.to_owned(), jws: jws?.to_owned() })
}

fn read_root(root: &Node, today: Date, findings: &mut Vec<Finding>) -> Option<AutofillRequest> {
    let mut body = ObjectReader::new(root, "", findings)?;
    let service = required_word(&mut body, "service");
    let citizen = body.required_node("citizen");
    let persons = body.node("persons");
    let officer = word(&mut body, "officer");
    let agency = word(&mut body, "agency");
    let dossier = word(&mut body, "dossier");
    let dossier_day = body.text("dossier_date");
    let dossier_date = dossier_day.and_then(|text| {
        let day: Option<Date> = text.parse().ok().filter(|_| text.len() == 10);
        if day.is_none() {
            let (vi, en) = ("Ngày phải có dạng yyyy-mm-dd và có thật.", "A day is written yyyy-mm-dd and must exist.");
            body.findings().push(Finding::new("date_form", "/dossier_date", 0..0, vi, en));
        }
        day
    });
    let form = word(&mut body, "form");
    let citizen_role = word(&mut body, "citizen_role");
    let refresh = body.bool("refresh").unwrap_or(false);
    let typed = body.node("typed");
    let sign = body.bool("sign").unwrap_or(false);
    let signed = body.node("signed");
    body.finish();
    let signed = signed.map_or(Some(None), |node| read_signed(node, findings).map(Some));
    let citizen = read_person(citizen?, "/citizen", today, findings);
    let persons = persons.map_or(Some(Vec::new()), |node| read_persons(node, today, findings));
    let typed = typed.map_or(Some(Vec::new()), |node| read_typed(node, findings));
    Some(AutofillRequest {
        service: service?,
        citizen: citizen?,
        persons: persons?,
        officer,
        agency,
        dossier,
        dossier_date,
        form,
        citizen_role,
        refresh,
        typed: typed?,
        sign,
        signed: signed?,
    })
}

/// A short text without control characters: such texts travel on in headers, XML and the journal (RISKS T21).
pub fn word(body: &mut ObjectReader<'_, '_>, key: &'static str) -> Option<String> {
    let text = body.text(key)?;
    checked_word(body, key, text)
}

pub fn required_word(body: &mut ObjectReader<'_, '_>, key: &'static str) -> Option<String> {
    let text = body.required_text(key)?;
    checked_word(body, key, text)
}

/// The text without blanks around it, when it is one that may travel on.
fn good_word(text: &str) -> Option<&str> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= MAX_WORD && !text.chars().any(char::is_control);
    good.then_some(text)
}

fn checked_word(body: &mut ObjectReader<'_, '_>, key: &'static str, text: &str) -> Option<String> {
    if let Some(word) = good_word(text) {
        return Some(word.to_owned());
    }
    let pointer = body.pointer_of(key);
    body.findings().push(Finding::new(
        "text_form",
        pointer,
        0..0,
        format!("Cần 1 đến {MAX_WORD} ký tự, không có ký tự điều khiển."),
        format!("1 to {MAX_WORD} characters without control characters are needed."),
    ));
    None
}

fn read_persons(node: &Node, today: Date, findings: &mut Vec<Finding>) -> Option<Vec<(String, PersonInput)>> {
    ObjectReader::new(node, "/persons", findings)?;
    let mut persons = Vec::new();
    for member in node.as_object().unwrap_or_default() {
        let pointer = format!("/persons/{}", escape(&member.key));
        let person = match member.value.as_list() {
            Some(items) => read_rows(items, &member.value, &pointer, today, findings),
            None => read_person(&member.value, &pointer, today, findings),
        };
        if let Some(person) = person {
            persons.push((member.key.clone(), person));
        }
    }
    Some(persons)
}

/// Several people of one role, in the order of the rows.
fn read_rows(
    items: &[Node],
    list: &Node,
    pointer: &str,
    today: Date,
    findings: &mut Vec<Finding>,
) -> Option<PersonInput> {
    if items.is_empty() || items.len() > MAX_ROWS {
        findings.push(Finding::new(
            "row_count",
            strict_json::printable(pointer),
            list.span.clone(),
            format!("Danh sách có từ 1 đến {MAX_ROWS} người."),
            format!("A list has 1 to {MAX_ROWS} people."),
        ));
        return None;
    }
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        match read_person(item, &pointer, today, findings)? {
            PersonInput::Query(person) => rows.push(*person),
            PersonInput::SameAs(_) | PersonInput::Rows(_) => findings.push(Finding::new(
                "person_form",
                strict_json::printable(&pointer),
                item.span.clone(),
                "Mỗi dòng là một người được tra cứu: `id` (kèm `name`, `birth_date`) hoặc `qr`.",
                "A row is somebody to look up: `id` (with `name`, `birth_date`) or `qr`.",
            )),
        }
    }
    Some(PersonInput::Rows(rows))
}

fn read_person(node: &Node, pointer: &str, today: Date, findings: &mut Vec<Finding>) -> Option<PersonInput> {
    let mut person = ObjectReader::new(node, pointer, findings)?;
    let qr = person.text("qr");
    let same_as = word(&mut person, "same_as");
    let id = person.node("id");
    let name = person.text("name");
    let birth_date = person.text("birth_date");
    let forms = usize::from(qr.is_some()) + usize::from(same_as.is_some()) + usize::from(id.is_some());
    let mixed = (qr.is_some() || same_as.is_some()) && (name.is_some() || birth_date.is_some());
    let id_is_text = id.is_none_or(|id| id.as_text().is_some());
    if let Some(id) = id.filter(|id| id.as_text().is_none()) {
        let at = person.pointer_of("id");
        person.findings().push(strict_json::expected_text(&at, id));
    }
    if (forms != 1 || mixed) && id_is_text {
        person.findings().push(Finding::new(
            "person_form",
            pointer,
            node.span.clone(),
            "Mỗi người được nêu bằng đúng một cách: `id` (kèm `name`, `birth_date`), hoặc `qr`, hoặc `same_as`.",
            "A person is given in exactly one way: `id` (with `name`, `birth_date`), or `qr`, or `same_as`.",
        ));
    }
    person.finish();
    if let Some(other) = same_as {
        return Some(PersonInput::SameAs(other));
    }
    if let Some(text) = qr {
        return read_card(text, pointer, today, findings).map(|person| PersonInput::Query(Box::new(person)));
    }
    let number = match Number::parse(id?.as_text()?) {
        Ok(number) => Some(number),
        Err(refusal) => {
            findings.push(refused(refusal.code(), &format!("{pointer}/id")));
            None
        }
    };
    let name = match name.map(Name::parse) {
        Some(Err(refusal)) => {
            findings.push(refused(refusal.code(), &format!("{pointer}/name")));
            return None;
        }
        other => other.and_then(Result::ok),
    };
    let birth_date = match birth_date.map(|text| PartialDate::parse_iso(text, today)) {
        Some(Err(refusal)) => {
            findings.push(refused(refusal.code(), &format!("{pointer}/birth_date")));
            return None;
        }
        other => other.and_then(Result::ok),
    };
    let query = Query { number: number?, name, birth_date };
    Some(PersonInput::Query(Box::new(AskedPerson { query, card: None })))
}

fn read_card(text: &str, pointer: &str, today: Date, findings: &mut Vec<Finding>) -> Option<AskedPerson> {
    match Card::parse(text) {
        Ok(card) if card.birth_date.within(today).is_err() => {
            findings.push(refused("date_range", &format!("{pointer}/qr")));
            None
        }
        Ok(card) => {
            // No key of the query, but it goes into boxes: checked like the typed ones (RISKS A18).
            let possible = |issued: &PartialDate| {
                issued.within(today).is_ok() && issued.iso().as_str() >= card.birth_date.iso().as_str()
            };
            let issue_date = card.issue_date.filter(possible);
            let odd_issue_date = issue_date.is_none() && card.issue_date.is_some();
            let scanned = ScannedCard { number: card.number.clone(), issue_date, odd_issue_date };
            let query = Query { number: card.number, name: Some(card.name), birth_date: Some(card.birth_date) };
            Some(AskedPerson { query, card: Some(scanned) })
        }
        Err(refusal) => {
            findings.push(refused(refusal.code(), &format!("{pointer}/qr")));
            None
        }
    }
}

/// The sentence for a refused key of a query; the value is never repeated.
pub fn refused(code: &'static str, pointer: &str) -> Finding {
    let (vi, en) = match code {
        "number_empty" => ("Chưa có số.", "The number is empty."),
        "number_charset" => ("Số chỉ gồm chữ số 0–9.", "A number has only the digits 0–9."),
        "number_length" => {
            ("Số định danh có 12 chữ số, CMND cũ có 9 chữ số.", "A number has 12 digits, an old card 9.")
        }
        "number_leading_zero" => (
            "Thiếu một chữ số, thường là số 0 ở đầu bị mất: gõ lại theo thẻ.",
            "A digit is missing, most often a lost leading zero: type it again from the card.",
        ),
        "number_pattern" => {
            ("Không có số nào gồm toàn chữ số giống nhau.", "No number consists of one repeated digit.")
        }
        "name_empty" => ("Họ tên không có chữ nào.", "The name has no letters."),
        "name_charset" => ("Họ tên có ký tự không dùng được.", "The name has characters that cannot be used."),
        "name_length" => ("Họ tên dài quá 100 ký tự hoặc 15 từ.", "The name has more than 100 characters or 15 words."),
        "date_range" => ("Ngày sinh phải từ 1880 đến hôm nay.", "A birth date is from 1880 to today."),
        "qr_form" => (
            "Không phải nội dung mã QR của thẻ (ít nhất 7 phần, ngăn bằng dấu |).",
            "Not the text of a card's QR code (at least seven parts separated by |).",
        ),
        _ => (
            "Ngày sinh viết yyyy-mm-dd, yyyy-mm hoặc yyyy và phải có thật.",
            "A birth date is written yyyy-mm-dd, yyyy-mm or yyyy and must exist.",
        ),
    };
    Finding::new(code, strict_json::printable(pointer), 0..0, vi, en)
}
