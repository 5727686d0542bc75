//! Token, one look-up and the clock of a connection: outcomes as sentences, and whom to ask what.

use std::time::{Duration, Instant};

use super::check::{Check, State, Words, words};
use crate::citizen::{Attribute, Record};
use crate::population::gateway::probe::Answered;
use crate::population::outcome::RejectedCause;
use crate::population::request::Operation;
use crate::population::{GatewaySource, LookUp, Outcome, Source as _};

/// A clock that is off by more is worth a look (seconds).
const SKEW_WARNING: u64 = 30;
/// A clock that is off by more makes signed calls fail (seconds; PROTOCOL §3.1 names five minutes).
const SKEW_FAILED: u64 = 300;

/// Asks for a token; `None`: the connection has none.
pub async fn token(gateway: &GatewaySource) -> Option<Check> {
    let begin = Instant::now();
    let answered = gateway.probe_token().await?;
    let check = match answered {
        Ok(life) if life.is_zero() => Check::new(
            "token",
            State::Failed,
            words("mã truy cập nhận được đã hết hạn ngay", "the token that was given had ended already"),
        )
        .mend(words(
            "hỏi đơn vị vận hành: thời hạn của mã truy cập, và đồng hồ của họ",
            "ask the operator about the life of tokens, and about their clock",
        )),
        Ok(life) => {
            let seconds = rounded(life);
            let said = words(
                format!("nhận được mã truy cập, dùng được {seconds} giây"),
                format!("a token was given; it is good for {seconds} seconds"),
            );
            Check::new("token", State::Ok, said).fact("lifetime_s", seconds)
        }
        Err(outcome) => told("token", &outcome, &words("xin mã truy cập", "asking for a token")),
    };
    Some(check.took(begin.elapsed()))
}

fn rounded(life: Duration) -> u64 {
    life.as_secs() + u64::from(life.subsec_millis() >= 500)
}

/// Asks the question, once. Tells the outcome and the names of what was given, never a value.
pub async fn look_up(gateway: &GatewaySource, operation: Operation, question: &LookUp) -> Check {
    let begin = Instant::now();
    let answered = gateway.probe_question(operation, question).await;
    let took = begin.elapsed();
    let check = match answered {
        Ok(Answered::Exists(exists)) => {
            let said = if exists {
                words("cổng trả lời: có công dân này", "the gateway answered: there is such a citizen")
            } else {
                words("cổng trả lời: không có công dân này", "the gateway answered: there is no such citizen")
            };
            Check::new("look_up", if exists { State::Ok } else { State::Warning }, said).fact("exists", exists)
        }
        Ok(Answered::Record(Outcome::Found(record))) => {
            let given = given(&record);
            let said = words(
                format!("tìm thấy; {} thuộc tính có giá trị", given.len()),
                format!("found; {} attributes have a value", given.len()),
            );
            Check::new("look_up", State::Ok, said).fact("outcome", "found").fact("given", given)
        }
        Ok(Answered::Record(outcome)) | Err(outcome) => told("look_up", &outcome, &words("tra cứu", "the look-up")),
    };
    let operation = match operation {
        Operation::Record => "037",
        Operation::Existence => "033",
    };
    check.fact("operation", operation).took(took)
}

/// Names of the attributes that were given.
fn given(record: &Record) -> Vec<&'static str> {
    let given = Attribute::ALL.iter().filter(|attribute| record.given(**attribute).is_some());
    given.map(|attribute| attribute.path()).collect()
}

/// An outcome that is not "found".
fn told(id: &'static str, outcome: &Outcome, what: &Words) -> Check {
    let (state, said, mend) = explained(outcome);
    let said = words(format!("{}: {}", what.vi, said.vi), format!("{}: {}", what.en, said.en));
    let check = Check::new(id, state, said).mend(mend).fact("outcome", outcome.label()).fact("cause", outcome.cause());
    match outcome.retry_after() {
        Some(wait) => check.fact("retry_after_s", wait.as_secs()),
        None => check,
    }
}

fn explained(outcome: &Outcome) -> (State, Words, Words) {
    let cause = outcome.cause().unwrap_or_default();
    match outcome {
        Outcome::Found(_) => (State::Ok, words("tìm thấy", "found"), words("", "")),
        Outcome::NotFound => (
            State::Warning,
            words("đường truyền tốt, cơ sở dữ liệu không có ai khớp cả ba", "the road works; nobody fits all three"),
            words(
                "kiểm tra số, họ tên, ngày sinh; nếu đúng, hỏi đơn vị vận hành dạng họ tên và ngày (`name_form`, `birth_date_form`)",
                "check number, name and birth date; when they are right, ask the operator for the forms of name and date (`name_form`, `birth_date_form`)",
            ),
        ),
        Outcome::Multiple => (
            State::Warning,
            words("đường truyền tốt, có nhiều hơn một người", "the road works; there is more than one person"),
            words("thử với người khác", "try somebody else"),
        ),
        Outcome::Rejected(RejectedCause::NoOperation) => (
            State::Failed,
            words("kết nối không có địa chỉ cho dịch vụ này", "the connection has no address for this operation"),
            words("ghi địa chỉ vào `operation_path`", "set it in `operation_path`"),
        ),
        Outcome::Rejected(_) => (
            State::Failed,
            words(format!("câu hỏi bị từ chối ({cause})"), format!("the question was refused ({cause})")),
            words(
                "hỏi đơn vị vận hành: `MaCanBo` và các trường bắt buộc, mã dịch vụ nào được phép (PROTOCOL §14, câu 3 và 4)",
                "ask the operator about `MaCanBo`, the fields that are needed and the licensed service codes (PROTOCOL §14, questions 3 and 4)",
            ),
        ),
        Outcome::NotPermittedProcedure => (
            State::Failed,
            words(
                "thủ tục này chưa được phép khai thác dữ liệu dân cư",
                "this procedure is not licensed for population data",
            ),
            words(
                "xem bảng `procedure_code`; hỏi đơn vị vận hành mã `MaDVC` nào được phép",
                "look at the table `procedure_code`; ask the operator which `MaDVC` codes are licensed",
            ),
        ),
        Outcome::NotPermittedOfficer => (
            State::Failed,
            words("cán bộ này chưa được phép tra cứu", "this officer may not look up"),
            words(
                "xem bảng `officer_code`; hỏi đơn vị vận hành cấp tài khoản cho cán bộ",
                "look at the table `officer_code`; ask the operator for an account of the officer",
            ),
        ),
        Outcome::AuthFailed => (
            State::Failed,
            words("cổng không nhận thông tin xác thực của ta", "the gateway does not take our credentials"),
            words(
                "so lại tệp bí mật với bản được cấp, xem mục clock; rồi hỏi đơn vị vận hành: tài khoản còn hiệu lực không, địa chỉ ký và đơn vị thời gian (PROTOCOL §14, câu 2)",
                "compare the secret files with what was issued, look at the check clock; then ask the operator whether the account is valid, and for signing address and unit of time (PROTOCOL §14, question 2)",
            ),
        ),
        Outcome::Throttled { .. } => (
            State::Warning,
            words(format!("quá nhiều lượt gọi ({cause})"), format!("too many calls ({cause})")),
            words("thử lại sau; hỏi đơn vị vận hành về hạn mức", "try again later; ask the operator about the quota"),
        ),
        Outcome::Maintenance { .. } => (
            State::Warning,
            words("cổng đang bảo trì", "the gateway is under maintenance"),
            words("thử lại sau", "try again later"),
        ),
        Outcome::UpstreamFault(_) | Outcome::Timeout(_) => {
            let kind = if matches!(outcome, Outcome::Timeout(_)) {
                words(format!("không có trả lời kịp ({cause})"), format!("no answer in time ({cause})"))
            } else {
                words(format!("cổng có sự cố ({cause})"), format!("the gateway is in trouble ({cause})"))
            };
            (
                State::Failed,
                kind,
                words(
                    "thử lại sau vài phút; nếu vẫn vậy, báo cho đơn vị vận hành giờ và nguyên nhân trong ngoặc",
                    "try again in some minutes; when it stays so, tell the operator the time and the cause in brackets",
                ),
            )
        }
        Outcome::Malformed(_) => (
            State::Failed,
            words(format!("không hiểu được trả lời ({cause})"), format!("the answer cannot be understood ({cause})")),
            words(
                "xem `[connection.reply]` và hồ sơ `profile`; hỏi đơn vị vận hành XSD đang dùng (PROTOCOL §14, câu 9)",
                "look at `[connection.reply]` and `profile`; ask the operator for the XSD in force (PROTOCOL §14, question 9)",
            ),
        ),
    }
}

/// How far the gateway's clock and ours are apart.
pub fn clock(gateway: &GatewaySource) -> Check {
    let Some(skew) = gateway.clock_skew_seconds() else {
        let said = words("chưa biết: cổng chưa cho biết giờ của nó", "not known: the gateway has not told its time");
        return Check::new("clock", State::Skipped, said);
    };
    let (apart, off) = (skew.unsigned_abs(), skew);
    let state = match apart {
        0..=SKEW_WARNING => State::Ok,
        apart if apart <= SKEW_FAILED => State::Warning,
        _ => State::Failed,
    };
    let said = match (state, off >= 0) {
        (State::Ok, _) => {
            words(format!("đồng hồ hai bên lệch {apart} giây"), format!("both clocks are {apart} seconds apart"))
        }
        (_, true) => words(
            format!("đồng hồ của cổng nhanh hơn máy này {apart} giây"),
            format!("the gateway's clock is {apart} seconds ahead of this machine's"),
        ),
        (_, false) => words(
            format!("đồng hồ của cổng chậm hơn máy này {apart} giây"),
            format!("the gateway's clock is {apart} seconds behind this machine's"),
        ),
    };
    let check = Check::new("clock", state, said).fact("skew_s", off);
    if state == State::Ok {
        return check;
    }
    check.mend(words(
        "bật đồng bộ giờ (NTP) trên máy này; nếu máy này đúng giờ, báo cho đơn vị vận hành",
        "switch time synchronisation (NTP) on here; when this machine is right, tell the operator",
    ))
}
