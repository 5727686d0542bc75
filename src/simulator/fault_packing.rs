//! Faults in how an answer travels: packed, in pieces, slowly, or not to its end (PROTOCOL §11; RISKS U3, U4, U19).

use std::io::{self, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};
use futures_util::stream;
use tokio::time::sleep;

use super::behaviours::{Behaviour, Fault};
use super::call;
use super::fault_body;
use super::gateway_fault::Answer;

/// Pause before a connection breaks, so that what was sent before has left.
const BEFORE_RESET: Duration = Duration::from_millis(100);
/// Bytes a piece of a chunked answer.
const PIECE: usize = 97;
/// What one block of the bomb unpacks to.
const BLOCK: usize = 1 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Sends an answer the way the behaviour says; any other behaviour sends it as it is. `number` is the one that was
/// asked, empty at a token request.
pub async fn send(fault: Fault, answer: Answer, number: &str) -> HttpResponse {
    let pause = Duration::from_millis(u64::from(fault.parameter));
    match fault.behaviour {
        Behaviour::ZeroBytes => Answer::new(&answer.media_type, Vec::new()).send(),
        Behaviour::Truncated => {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            Answer::new(&answer.media_type, fault_body::truncated(text, number)).send()
        }
        Behaviour::Bom => Answer::new(&answer.media_type, [BYTE_ORDER_MARK, &answer.body].concat()).send(),
        Behaviour::Gzip => zipped(&answer.media_type, gzip(&answer.body)),
        Behaviour::GzipBomb => zipped(&answer.media_type, gzip_bomb(&answer.body, fault.parameter)),
        Behaviour::Chunked => chunked(answer),
        Behaviour::Drip => drip(answer, pause),
        Behaviour::Reset => reset(answer),
        Behaviour::ResetBeforeAnswer => end_without_answer(answer, Shutdown::Both),
        Behaviour::HalfClose => end_without_answer(answer, Shutdown::Write),
        Behaviour::SlowHead => slow_head(answer, pause).await,
        _ => answer.send(),
    }
}

fn zipped(media_type: &str, packed: io::Result<Vec<u8>>) -> HttpResponse {
    match packed {
        Ok(packed) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, media_type))
            .insert_header((CONTENT_ENCODING, "gzip"))
            .body(packed),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}

/// A gzip text (RFC 1952) that unpacks to the good answer with so many MiB of blanks in it, where blanks change
/// nothing. The blanks are packed once and repeated, so the bomb costs its maker nothing.
fn gzip_bomb(body: &[u8], mebibytes: u32) -> io::Result<Vec<u8>> {
    let head = match body.first() {
        Some(b'{') => 1,
        _ => body.windows(2).position(|pair| pair == b"?>").map_or(0, |end| end + 2),
    };
    let blanks = vec![b' '; BLOCK];
    let mut packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff".to_vec();
    packed.extend(deflate(&body[..head], FlushCompress::Full)?);
    let block = deflate(&blanks, FlushCompress::Full)?;
    let (mut crc, mut block_crc, mut tail_crc) = (Crc::new(), Crc::new(), Crc::new());
    crc.update(&body[..head]);
    block_crc.update(&blanks);
    for _ in 0..mebibytes {
        packed.extend_from_slice(&block);
        crc.combine(&block_crc);
    }
    tail_crc.update(&body[head..]);
    crc.combine(&tail_crc);
    packed.extend(deflate(&body[head..], FlushCompress::Finish)?);
    packed.extend(crc.sum().to_le_bytes());
    packed.extend(crc.amount().to_le_bytes());
    Ok(packed)
}

/// Raw deflate of a part that refers to nothing before it, so that parts can be joined.
fn deflate(bytes: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut compressor = Compress::new(Compression::best(), false);
    let mut packed = Vec::with_capacity(bytes.len() / 8 + 1024);
    loop {
        let taken = usize::try_from(compressor.total_in()).map_err(io::Error::other)?;
        let rest = bytes.get(taken..).unwrap_or_default();
        compressor.compress_vec(rest, &mut packed, flush).map_err(io::Error::other)?;
        if packed.len() < packed.capacity() {
            return Ok(packed);
        }
        packed.reserve(bytes.len() / 8 + 1024);
    }
}

/// A body in many pieces, so without a length.
fn chunked(answer: Answer) -> HttpResponse {
    let pieces: Vec<io::Result<Bytes>> = answer.body.chunks(PIECE).map(|piece| Ok(piece.to_vec().into())).collect();
    HttpResponse::Ok().insert_header((CONTENT_TYPE, answer.media_type)).streaming(stream::iter(pieces))
}

/// A body that arrives one byte at a time.
fn drip(answer: Answer, pause: Duration) -> HttpResponse {
    let drops = stream::unfold(Bytes::from(answer.body), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(pause).await;
        let drop = rest.split_to(1);
        Some((Ok::<Bytes, io::Error>(drop), rest))
    });
    HttpResponse::Ok().insert_header((CONTENT_TYPE, answer.media_type)).streaming(Box::pin(drops))
}

/// Half a body, and then the connection ends.
fn reset(mut answer: Answer) -> HttpResponse {
    answer.body.truncate(answer.body.len() / 2);
    let pieces = stream::unfold(Some(Bytes::from(answer.body)), |piece| async move {
        if let Some(first) = piece {
            return Some((Ok(first), None));
        }
        sleep(BEFORE_RESET).await;
        Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
    });
    HttpResponse::Ok().insert_header((CONTENT_TYPE, answer.media_type)).streaming(Box::pin(pieces))
}

/// Ends the connection before anything was answered; where that cannot be done (TLS), in the middle of the body.
fn end_without_answer(answer: Answer, how: Shutdown) -> HttpResponse {
    let ended = call::current().and_then(|call| call.connection.clone()).is_some_and(|open| open.end(how));
    // What is returned here can no longer be sent.
    if ended { HttpResponse::Ok().force_close().finish() } else { reset(answer) }
}

/// A head that arrives one byte at a time and never ends; where that cannot be done (TLS), a body that does.
async fn slow_head(answer: Answer, pause: Duration) -> HttpResponse {
    let connection = call::current().and_then(|call| call.connection.clone());
    let Some(connection) = connection else { return drip(answer, pause) };
    match connection.drip_head(pause).await {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => drip(answer, pause),
        _ => HttpResponse::Ok().force_close().finish(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut body).expect("gzip with a right checksum");
        body
    }

    #[test]
    fn a_bomb_is_a_good_answer_with_blanks() {
        for body in [&b"<?xml version=\"1.0\"?><a>x</a>"[..], b"{\"a\":1}"] {
            let packed = gzip_bomb(body, 3).expect("packed");
            let text = unpacked(&packed);
            assert_eq!(text.len(), body.len() + 3 * BLOCK);
            assert_eq!(text.iter().filter(|byte| **byte != b' ').count(), body.iter().filter(|b| **b != b' ').count());
        }
        let full = gzip_bomb(b"{\"a\":1}", 1024).expect("packed");
        assert!((1 << 20..3 << 19).contains(&full.len()), "{}", full.len());
    }

    #[test]
    fn gzip_can_be_unpacked() {
        assert_eq!(unpacked(&gzip("MẪU".as_bytes()).expect("packed")), "MẪU".as_bytes());
    }
}
