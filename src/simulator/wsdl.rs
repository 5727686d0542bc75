//! The description of the SOAP doors (WSDL 1.1, document/literal) for clients that are built from one.
//!
//! Upstream's own WSDL is not public (PROTOCOL §12): this one says what PROTOCOL §4 and §5 say, and describes the
//! recorded shape of a reply. The other shapes of PROTOCOL §5.2 are for tolerant readers and are not in it.

use std::io;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use super::door::{Profile, path};
use super::request::Operation;

/// Its addresses are service numbers; [`document`] puts the doors of a profile there.
const TEMPLATE: &str = include_str!("population.wsdl");

/// The description with the addresses of a profile below `base` (scheme and host as the caller reached us).
pub fn document(profile: Profile, base: &str) -> io::Result<String> {
    let mut reader = Reader::from_str(TEMPLATE);
    let mut writer = Writer::new(Vec::with_capacity(TEMPLATE.len() + 256));
    loop {
        match reader.read_event().map_err(io::Error::other)? {
            Event::Eof => break,
            Event::Empty(element) if element.name().into_inner() == "soap:address" => {
                let location = element.try_get_attribute("location").map_err(io::Error::other)?;
                let operation = match location.as_ref().map(|location| &*location.value) {
                    Some("037") => Operation::LookUp,
                    Some("033") => Operation::Verification,
                    _ => return Err(io::Error::other("an address without a service number")),
                };
                let address = format!("{base}{}", path(profile, operation));
                let element = BytesStart::new("soap:address").with_attributes([("location", address.as_str())]);
                writer.write_event(Event::Empty(element))?;
            }
            event => writer.write_event(event)?,
        }
    }
    String::from_utf8(writer.into_inner()).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_those_of_the_profile() {
        let direct = document(Profile::Direct, "http://127.0.0.1:8237").expect("written");
        for address in ["http://127.0.0.1:8237/direct/037", "http://127.0.0.1:8237/direct/033"] {
            assert!(direct.contains(&format!("<soap:address location=\"{address}\"/>")), "{address}");
        }
        let lgsp = document(Profile::LgspSoap, "http://127.0.0.1:8237").expect("written");
        assert!(lgsp.contains("location=\"http://127.0.0.1:8237/lgsp/XacThucThongTinCongDan\""));
    }

    #[test]
    fn a_host_name_cannot_break_out_of_its_attribute() {
        let text = document(Profile::Direct, "http://\"><x>").expect("written");
        assert!(!text.contains("<x>"));
    }
}
