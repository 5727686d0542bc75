//! The doctor looks at the tier that replicas share. It is never needed for an answer, so every sentence says what goes on
//! without it.

use super::check::{Check, Sentence, State, say};
use crate::config::SharedSettings;
use crate::shared_tier::{Examined, Right, Trouble, examine};

/// Examines the tier: reached, rights, round trip.
pub async fn checks(settings: &SharedSettings) -> Vec<Check> {
    match examine(settings).await {
        Ok(examined) => found(settings, &examined),
        Err(why) => {
            let (sentence, mend) = unreached(why);
            vec![Check::new("shared_tier", State::Failed, sentence).mend(mend)]
        }
    }
}

fn found(settings: &SharedSettings, examined: &Examined) -> Vec<Check> {
    let tls = settings.addresses.iter().all(|address| address.tls);
    let reached = if tls {
        say(
            "Tới được bộ nhớ đệm chung qua TLS, đăng nhập được.",
            "The shared tier is reached by TLS, and takes the log-in.",
        )
    } else {
        say(
            "Tới được bộ nhớ đệm chung trên máy này, không dùng TLS.",
            "The shared tier on this machine is reached, without TLS.",
        )
    };
    let mut checks = vec![Check::new("shared_tier", State::Ok, reached).fact("tls", tls).took(examined.connected)];
    checks.push(rights(&examined.refused));
    if let Some(took) = examined.round_trip {
        checks.push(round_trip(settings, took));
    }
    checks
}

fn rights(refused: &[(Right, Trouble)]) -> Check {
    let Some((_, why)) = refused.first() else {
        let good = say(
            "Được ghi, đọc, chạy tập lệnh, báo và nghe tin.",
            "It may write, read, run scripts, publish and subscribe.",
        );
        return Check::new("shared_tier_rights", State::Ok, good);
    };
    let names: Vec<Sentence> = refused.iter().map(|(right, _)| name_of(*right)).collect();
    let vi: Vec<&str> = names.iter().map(|name| name.vi.as_str()).collect();
    let en: Vec<&str> = names.iter().map(|name| name.en.as_str()).collect();
    let sentence = say(
        format!("Bộ nhớ đệm chung không cho: {}.", vi.join(", ")),
        format!("The shared tier does not let us: {}.", en.join(", ")),
    );
    let mend = match why {
        Trouble::NotReady => not_ready(),
        _ => say(
            "Cấp cho tài khoản đúng các quyền trong docs/shared-tier.md, với tiền tố trong `prefix`.",
            "Give the user the rights of docs/shared-tier.md, for names and channels that begin with `prefix`.",
        ),
    };
    let ids: Vec<&str> = refused.iter().map(|(right, _)| id_of(*right)).collect();
    Check::new("shared_tier_rights", State::Failed, sentence).mend(mend).fact("refused", ids)
}

fn round_trip(settings: &SharedSettings, took: std::time::Duration) -> Check {
    let (asked, may) = (took.as_secs_f64() * 1000.0, settings.timeout.as_millis());
    let sentence = say(
        format!("Một lượt hỏi bộ nhớ đệm chung mất {asked:.1} ms; được phép {may} ms (`timeout`)."),
        format!("A call to the shared tier takes {asked:.1} ms; it may take {may} ms (`timeout`)."),
    );
    let state = if took >= settings.timeout {
        State::Failed
    } else if took * 2 >= settings.timeout {
        State::Warning
    } else {
        State::Ok
    };
    let check = Check::new("shared_tier_round_trip", state, sentence);
    if state == State::Ok {
        return check;
    }
    check.mend(say(
        "Đặt máy chủ gần hơn, hoặc tăng `timeout` trong `[cache.shared]`; chậm hơn thì mỗi bản chạy với bộ nhớ đệm riêng.",
        "Bring the server nearer, or raise `timeout` in `[cache.shared]`; when it is slower each replica goes on with its own cache.",
    ))
}

fn id_of(right: Right) -> &'static str {
    match right {
        Right::Write => "write",
        Right::Read => "read",
        Right::Script => "script",
        Right::Publish => "publish",
        Right::Subscribe => "subscribe",
    }
}

fn name_of(right: Right) -> Sentence {
    match right {
        Right::Write => say("ghi", "write"),
        Right::Read => say("đọc", "read"),
        Right::Script => say("chạy tập lệnh", "run a script"),
        Right::Publish => say("báo tin", "publish"),
        Right::Subscribe => say("nghe tin", "subscribe"),
    }
}

fn not_ready() -> Sentence {
    say(
        "Kiểm tra tình trạng máy chủ: đang nạp dữ liệu, là bản sao chỉ đọc, hoặc cụm đang ngừng.",
        "Look at the server: it is loading, is a replica that takes no writes, or its cluster is down.",
    )
}

fn unreached(why: Trouble) -> (Sentence, Sentence) {
    let nobody = || {
        say(
            "Không tới được bộ nhớ đệm chung; mỗi bản chạy với bộ nhớ đệm và hạn mức riêng.",
            "The shared tier is not reached; each replica goes on with its own cache and quotas.",
        )
    };
    match why {
        Trouble::Settings => (
            say(
                "Không dùng được địa chỉ hoặc chứng thư trong `[cache.shared]`.",
                "Addresses or certificates in `[cache.shared]` cannot be used.",
            ),
            say("Kiểm tra tệp trong `trust` và các địa chỉ.", "Check the file in `trust`, and the addresses."),
        ),
        Trouble::TimedOut => (
            say("Bộ nhớ đệm chung không trả lời.", "The shared tier does not answer."),
            say(
                "Kiểm tra tường lửa và máy chủ; với `rediss://`, cổng không nói TLS cũng không trả lời.",
                "Check the firewall and the server; with `rediss://`, a port without TLS does not answer either.",
            ),
        ),
        Trouble::Tls => (
            say(
                "Không có kết nối TLS tin cậy tới bộ nhớ đệm chung.",
                "There is no trusted TLS connection to the shared tier.",
            ),
            say(
                "Đặt chứng thư gốc của máy chủ vào `trust`; tên trong địa chỉ phải có trong chứng thư; cổng phải là cổng TLS.",
                "Put the root of the server's certificate into `trust`; the certificate must hold the name of the address; the port must speak TLS.",
            ),
        ),
        Trouble::LogIn | Trouble::NotPermitted => (
            say(
                "Bộ nhớ đệm chung từ chối tài khoản hoặc mật khẩu.",
                "The shared tier refuses the user or the password.",
            ),
            say(
                "Kiểm tra `username` và tệp trong `password_file`.",
                "Check `username` and the file in `password_file`.",
            ),
        ),
        Trouble::NotReady => (nobody(), not_ready()),
        Trouble::Unreached | Trouble::Other => (
            nobody(),
            say(
                "Kiểm tra địa chỉ, cổng, và máy chủ có đang chạy không.",
                "Check address and port, and whether the server runs.",
            ),
        ),
    }
}
