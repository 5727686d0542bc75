//! The W3C `traceparent` (Trace Context, level 1 and 2): read strictly, `tracestate` never.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The parent that a caller names: `<version>-<32 hex>-<16 hex>-<2 hex>` in lower case.
///
/// `None` when the text is not exactly that, an id is zero, or an id is written in decimal digits only and so could be
/// somebody's number: 1 random trace id in 3 millions is. What else a later version adds behind is not read.
pub fn remote_parent(value: &str) -> Option<SpanContext> {
    let mut parts = value.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let ends_well = version != "00" || parts.next().is_none();
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if !(ends_well && hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2)) {
        return None;
    }
    if could_be_a_number(trace) || (parent.starts_with("0000") && could_be_a_number(parent)) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(parent).ok()?,
        TraceFlags::new(flags) & TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

fn could_be_a_number(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_read_strictly() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (flags, sampled) in [("01", true), ("00", false), ("03", true)] {
            let read = remote_parent(&format!("00-{trace}-{parent}-{flags}")).expect("a parent");
            assert_eq!(
                (read.trace_id().to_string(), read.span_id().to_string()),
                (trace.to_owned(), parent.to_owned())
            );
            assert_eq!((read.is_sampled(), read.is_remote()), (sampled, true));
        }
        assert!(remote_parent(&format!("01-{trace}-{parent}-01-what-comes-later")).is_some());
        for wrong in [
            format!("00-{trace}-{parent}-01-"),
            format!("ff-{trace}-{parent}-01"),
            format!("0-{trace}-{parent}-01"),
            format!("00-{trace}-{parent}-1"),
            format!("00-{trace}-{parent}-0x"),
            format!("00-{}-{parent}-01", &trace[1..]),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{trace}-{}-01", &parent[1..]),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!(" 00-{trace}-{parent}-01"),
            String::new(),
        ] {
            assert!(remote_parent(&wrong).is_none(), "{wrong}");
        }
    }
}
