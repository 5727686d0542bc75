//! SOAP 1.1 envelopes: writing elements, the frame around a reply, and faults (PROTOCOL §5, §6.2).

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// SOAP 1.1 envelope.
const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of the operations, declared on header and body in observed replies.
pub const OPERATION_NAMESPACE: &str = "http://dancuquocgia.bca";

/// Who is to blame in a SOAP 1.1 fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    Client,
    Server,
}

/// Writes XML into memory; every text is escaped.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name).with_attributes(attributes.iter().copied())))
    }

    pub fn end(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(BytesStart::new(name).with_attributes(attributes.iter().copied())))
    }

    pub fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.start(name, &[])?;
        self.0.write_event(Event::Text(BytesText::new(text)))?;
        self.end(name)
    }
}

/// An envelope with an empty header around what `body` writes; `<Body/>` stays open for an empty one.
pub fn envelope(prefix: &str, body: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<String> {
    let mut xml = Xml(Writer::new(Vec::with_capacity(4096)));
    xml.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (envelope, soap) = (format!("{prefix}:Envelope"), format!("xmlns:{prefix}"));
    let operation = [("xmlns:dan", OPERATION_NAMESPACE)];
    xml.start(&envelope, &[(&soap, SOAP_NAMESPACE)])?;
    xml.empty(&format!("{prefix}:Header"), &operation)?;
    let element = format!("{prefix}:Body");
    xml.start(&element, &operation)?;
    body(&mut xml)?;
    xml.end(&element)?;
    xml.end(&envelope)?;
    String::from_utf8(xml.0.into_inner()).map_err(io::Error::other)
}

/// A SOAP 1.1 fault.
pub fn fault(code: FaultCode, text: &str) -> io::Result<String> {
    envelope("soapenv", |xml| {
        xml.start("soapenv:Fault", &[])?;
        xml.text("faultcode", if code == FaultCode::Client { "soapenv:Client" } else { "soapenv:Server" })?;
        xml.text("faultstring", text)?;
        xml.end("soapenv:Fault")
    })
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    #[test]
    fn a_fault_is_a_soap_fault_with_escaped_text() {
        let text = fault(FaultCode::Server, "a < b & c").expect("written");
        let envelope = xml::read(text.as_bytes()).expect("well-formed");
        let fault = &envelope.children[1].children[0];
        assert!(fault.is(SOAP_NAMESPACE, "Fault"));
        assert_eq!(fault.children[0].leaf(), Some("soapenv:Server"));
        assert_eq!(fault.children[1].leaf(), Some("a < b & c"));
    }
}
