//! Reading a request body: JSON in UTF-8, of bounded size, within a bounded time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;

use super::problem::Problem;

/// The largest request body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest form of a page: in it every accented letter has nine bytes, and what is offered travels along.
const MAX_FORM_BYTES: usize = 256 * 1024;
/// The longest wait for the whole body: a caller who drips must not hold a worker's memory.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The body as text.
///
/// # Errors
/// It is no JSON by its type, no UTF-8, too large, too slow or broken.
pub async fn read_json(request: &HttpRequest, payload: web::Payload) -> Result<String, Box<Problem>> {
    read_json_up_to(MAX_BODY_BYTES, request, payload).await
}

/// The body as text, of at most so many bytes.
///
/// # Errors
/// As [`read_json`].
pub async fn read_json_up_to(
    most: usize,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<String, Box<Problem>> {
    check_content_type(request)?;
    let body = read_body(most, payload).await?;
    String::from_utf8(body.into()).map_err(|_| Unread::Encoding.into())
}

/// Why a body was not taken.
#[derive(Clone, Copy)]
enum Unread {
    ContentType,
    /// Not the form of a page.
    NoForm,
    FormBroken,
    Encoding,
    Broken,
    TooLarge {
        most: usize,
    },
    TooSlow,
}

impl From<Unread> for Box<Problem> {
    fn from(unread: Unread) -> Self {
        let (status, code, title, detail) = match unread {
            Unread::ContentType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type",
                "Send `Content-Type: application/json` in UTF-8.".to_owned(),
                "Gửi `Content-Type: application/json` dạng UTF-8.".to_owned(),
            ),
            Unread::NoForm => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type",
                "Send the form of the page.".to_owned(),
                "Gửi mẫu của trang.".to_owned(),
            ),
            Unread::FormBroken => (
                StatusCode::BAD_REQUEST,
                "bad_request",
                "The page's form cannot be read.".to_owned(),
                "Không đọc được mẫu của trang.".to_owned(),
            ),
            Unread::Encoding => (
                StatusCode::BAD_REQUEST,
                "encoding",
                "The body must be JSON in UTF-8.".to_owned(),
                "Thân yêu cầu phải là JSON dạng UTF-8.".to_owned(),
            ),
            Unread::Broken => (
                StatusCode::BAD_REQUEST,
                "body_broken",
                "The body ended early or is badly framed.".to_owned(),
                "Thân yêu cầu bị đứt hoặc đóng khung sai.".to_owned(),
            ),
            Unread::TooLarge { most } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("The body may have at most {} KiB.", most / 1024),
                format!("Thân yêu cầu tối đa {} KiB.", most / 1024),
            ),
            Unread::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                "The body did not arrive within 10 seconds.".to_owned(),
                "Thân yêu cầu không tới trong 10 giây.".to_owned(),
            ),
        };
        Self::new(Problem::new(status, code, title, detail))
    }
}

/// Every reason for which a body is not taken.
pub fn refusals() -> Vec<Problem> {
    let most = MAX_BODY_BYTES;
    [Unread::ContentType, Unread::Encoding, Unread::Broken, Unread::TooLarge { most }, Unread::TooSlow]
        .map(|unread| *Box::<Problem>::from(unread))
        .into()
}

fn check_content_type(request: &HttpRequest) -> Result<(), Box<Problem>> {
    // Of two, readers on the way would not take the same one (RISKS A12).
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let only = values.next().filter(|_| values.next().is_none());
    let value = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|part| match part.split_at_checked("charset=".len()) {
        Some((name, set)) if name.eq_ignore_ascii_case("charset=") => {
            set.eq_ignore_ascii_case("utf-8") || set.eq_ignore_ascii_case("\"utf-8\"")
        }
        _ => true,
    });
    if json && utf8 {
        return Ok(());
    }
    Err(Unread::ContentType.into())
}

/// The names and texts that a page's form sends.
///
/// # Errors
/// It is no form by its type, too large, too slow or broken.
pub async fn read_form(request: &HttpRequest, payload: web::Payload) -> Result<Vec<(String, String)>, Box<Problem>> {
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let only = values.next().filter(|_| values.next().is_none());
    let value = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if value.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err(Unread::NoForm.into());
    }
    let body = read_body(MAX_FORM_BYTES, payload).await?;
    let text = String::from_utf8(body.into()).unwrap_or_default();
    let pairs = web::Query::<Vec<(String, String)>>::from_query(&text);
    pairs.map(web::Query::into_inner).map_err(|_| Unread::FormBroken.into())
}

async fn read_body(most: usize, mut payload: web::Payload) -> Result<web::BytesMut, Box<Problem>> {
    let read = async {
        let mut body = web::BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Unread::Broken)?;
            if body.len() + chunk.len() > most {
                return Err(Unread::TooLarge { most });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let read = tokio::time::timeout(BODY_TIME, read).await;
    read.unwrap_or(Err(Unread::TooSlow)).map_err(Box::from)
}
