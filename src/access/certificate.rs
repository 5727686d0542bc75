//! A client certificate that the TLS layer has already verified: its fingerprint and its subject.
//!
//! Whether the certificate may be believed is rustls' business; here it is only told whose it is.

use unicode_normalization::UnicodeNormalization as _;

use super::api_key::sha256;
use crate::config::CertificateName;

/// Attribute types that subjects are written with; any other makes the subject unusable for matching.
const TYPES: [(&[u8], &str); 9] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xa0;
/// UTF8String, PrintableString, IA5String: the texts that are UTF-8 as they stand.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];

/// What is known of a peer's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    fingerprint: [u8; 32],
    /// In the order of the certificate, `C=VN,O=…,CN=…`; absent when it has parts that are not understood.
    subject: Option<String>,
}

impl PeerCertificate {
    /// From the DER of the end entity's certificate.
    pub fn of_der(der: &[u8]) -> Self {
        Self { fingerprint: sha256(der), subject: subject(der) }
    }

    /// Whether a configured name means this certificate.
    pub fn is(&self, name: &CertificateName) -> bool {
        match name {
            CertificateName::Fingerprint(fingerprint) => *fingerprint == self.fingerprint,
            CertificateName::Subject(subject) => self.subject.as_ref() == Some(subject),
        }
    }
}

/// The content of the first element, which must be of a type, and what follows it.
fn element(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(bytes)?;
    (found == kind).then_some((content, rest))
}

fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, after) = bytes.split_first()?;
    let (first, after) = after.split_first()?;
    let (length, after) = match first {
        0..=0x7f => (usize::from(*first), after),
        // DER lengths of up to three bytes: 16 MiB.
        0x81..=0x83 => {
            let count = usize::from(first & 0x7f);
            let length = after.get(..count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, after.get(count..)?)
        }
        _ => return None,
    };
    Some((*kind, after.get(..length)?, after.get(length..)?))
}

/// Certificate → tbsCertificate → [version] serial signature issuer validity **subject** (RFC 5280 §4.1).
fn subject(der: &[u8]) -> Option<String> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (mut at, _) = element(certificate, SEQUENCE)?;
    if at.first() == Some(&VERSION) {
        at = any(at)?.2;
    }
    for _serial_signature_issuer_validity in 0..4 {
        at = any(at)?.2;
    }
    let (mut names, _) = element(at, SEQUENCE)?;
    let mut parts = Vec::new();
    while !names.is_empty() {
        let (set, rest) = element(names, SET)?;
        let (pair, more) = element(set, SEQUENCE)?;
        // Two values in one set would be written with `+`; nobody is named so.
        if !more.is_empty() {
            return None;
        }
        let (id, value) = element(pair, OBJECT_ID)?;
        let (kind, text, _) = any(value)?;
        let name = TYPES.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)?;
        let text = TEXTS.contains(&kind).then(|| std::str::from_utf8(text).ok()).flatten()?;
        parts.push(format!("{name}={}", escaped(text)?));
        names = rest;
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

/// Otherwise `CN=a,O=b` as one value would look like two.
fn escaped(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let mut out = String::new();
    for letter in text.nfc() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') {
            out.push('\\');
        }
        out.push(letter);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        let head = if length < 0x80 { vec![kind, length] } else { vec![kind, 0x81, length] };
        [head, content.to_vec()].concat()
    }

    fn name(last: u8, kind: u8, text: &str) -> Vec<u8> {
        let pair = [tlv(OBJECT_ID, &[0x55, 4, last]), tlv(kind, text.as_bytes())].concat();
        tlv(SET, &tlv(SEQUENCE, &pair))
    }

    /// The bones of a certificate: everything up to the subject.
    fn certificate(names: &[Vec<u8>], with_version: bool) -> Vec<u8> {
        let version = if with_version { tlv(VERSION, &tlv(2, &[2])) } else { Vec::new() };
        let before = [tlv(2, &[7]), tlv(SEQUENCE, &[]), tlv(SEQUENCE, &[]), tlv(SEQUENCE, &[])].concat();
        let body = [version, before, tlv(SEQUENCE, &names.concat()), tlv(SEQUENCE, &[])].concat();
        tlv(SEQUENCE, &tlv(SEQUENCE, &body))
    }

    #[test]
    fn the_subject_is_read_in_the_order_of_the_certificate() {
        let names = [name(6, 0x13, "VN"), name(10, 0x0c, "Tỉnh Mẫu"), name(3, 0x0c, "mot-cua")];
        for with_version in [true, false] {
            let der = certificate(&names, with_version);
            assert_eq!(subject(&der).as_deref(), Some("C=VN,O=Tỉnh Mẫu,CN=mot-cua"));
        }
    }

    #[test]
    fn one_value_never_looks_like_two() {
        let forged = certificate(&[name(3, 0x0c, "x,O=Tỉnh")], true);
        assert_eq!(subject(&forged).as_deref(), Some("CN=x\\,O\\=Tỉnh"));
        let configured = CertificateName::parse("CN=x,O=Tỉnh").expect("a name");
        assert!(!PeerCertificate::of_der(&forged).is(&configured));
    }

    #[test]
    fn what_is_not_understood_has_a_fingerprint_but_no_subject() {
        let good = certificate(&[name(3, 0x0c, "a")], true);
        for cut in 0..good.len() {
            let _ = subject(&good[..cut]);
        }
        for der in [
            certificate(&[name(99, 0x0c, "a")], true),
            certificate(&[name(3, 0x1e, "a")], true),
            certificate(&[name(3, 0x0c, "a\nb")], true),
            certificate(&[], true),
            Vec::new(),
        ] {
            let peer = PeerCertificate::of_der(&der);
            assert_eq!(peer.subject, None);
            assert!(peer.is(&CertificateName::Fingerprint(sha256(&der))));
        }
    }
}
