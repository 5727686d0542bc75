//! Header values that hold secrets.

use reqwest::header::HeaderValue;

/// A text that cannot travel in a header.
pub struct BadHeader;

/// A header value that is never shown by the HTTP library.
pub fn sensitive(text: &str) -> Result<HeaderValue, BadHeader> {
    let mut value = HeaderValue::from_str(text).map_err(|_| BadHeader)?;
    value.set_sensitive(true);
    Ok(value)
}
