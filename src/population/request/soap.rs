//! A question as a SOAP 1.1 envelope (PROTOCOL §2, §4).

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use zeroize::Zeroizing;

use super::Operation;
use super::fields::{Birth, Part, Question};
use crate::citizen::Number;
use crate::config::RequestSettings;
use crate::population::Outcome;
use crate::population::outcome::RejectedCause;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Room for the largest request, so that the buffer does not move and leave copies behind.
const CAPACITY: usize = 4 * 1024;

/// The envelope; every text is escaped.
pub fn envelope(
    operation: Operation,
    settings: &RequestSettings,
    question: &Question<'_>,
) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let mut xml = Xml { writer: Writer::new(Vec::with_capacity(CAPACITY)), prefix: settings.prefix.as_str() };
    xml.write(operation, settings, question).map_err(|_| Outcome::Rejected(RejectedCause::BadCharacter))?;
    Ok(Zeroizing::new(xml.writer.into_inner()))
}

struct Xml<'a> {
    writer: Writer<Vec<u8>>,
    prefix: &'a str,
}

impl Xml<'_> {
    fn write(
        &mut self,
        operation: Operation,
        settings: &RequestSettings,
        question: &Question<'_>,
    ) -> std::io::Result<()> {
        let declaration = match self.prefix {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let namespaces = [("xmlns:soapenv", SOAP), (declaration.as_str(), settings.namespace.as_str())];
        self.writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.writer.write_event(Event::Start(BytesStart::new("soapenv:Envelope").with_attributes(namespaces)))?;
        self.writer.write_event(Event::Empty(BytesStart::new("soapenv:Header")))?;
        self.open("soapenv:Body")?;
        let element = self.named(operation.of(&settings.operation_name).as_str());
        self.open(&element)?;
        for part in &question.parts {
            self.part(part)?;
        }
        self.close(&element)?;
        self.close("soapenv:Body")?;
        self.close("soapenv:Envelope")
    }

    fn part(&mut self, part: &Part<'_>) -> std::io::Result<()> {
        match part {
            Part::Code(name, text) => self.leaf(name, text),
            Part::Number(Number::Personal(digits)) => self.leaf("SoDinhDanh", digits.reveal()),
            Part::Number(Number::OldCard(digits)) => self.leaf("SoCMND", digits.reveal()),
            Part::Name(name) => self.leaf("HoVaTen", name),
            Part::Birth(birth) => {
                let group = self.named("NgayThangNamSinh");
                self.open(&group)?;
                match birth {
                    Birth::Day(day) => self.leaf("NgayThangNam", day)?,
                    Birth::Year(year) => self.leaf("Nam", year)?,
                }
                self.close(&group)
            }
        }
    }

    fn named(&self, local: &str) -> String {
        match self.prefix {
            "" => local.to_owned(),
            prefix => format!("{prefix}:{local}"),
        }
    }

    fn open(&mut self, name: &str) -> std::io::Result<()> {
        self.writer.write_event(Event::Start(BytesStart::new(name)))
    }

    fn close(&mut self, name: &str) -> std::io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn leaf(&mut self, local: &str, text: &str) -> std::io::Result<()> {
        let name = self.named(local);
        self.open(&name)?;
        self.writer.write_event(Event::Text(BytesText::new(text)))?;
        self.close(&name)
    }
}
