//! What the doctor says of how a connection failed, and who can mend it.

use super::check::{Sentence, say};
use crate::population::Outcome;
use crate::population::gateway::probe::{TlsFailure, Unreached};

/// Why no connection stands, and the mend.
pub fn unreached(why: Unreached) -> (Sentence, Sentence) {
    match why {
        Unreached::NoAddress => (
            say(
                "Không tìm thấy địa chỉ mạng của tên máy trong `base`.",
                "The host name in `base` has no network address.",
            ),
            say("Kiểm tra tên máy và máy chủ DNS của máy này.", "Check the name and this machine's DNS servers."),
        ),
        Unreached::TimedOut => (
            say("Không có trả lời khi mở kết nối.", "No answer to the attempt to connect."),
            say(
                "Thường do tường lửa: hỏi đơn vị vận hành nền tảng địa chỉ IP nguồn nào được phép.",
                "Often a firewall: ask the gateway's operator which source addresses are allowed.",
            ),
        ),
        Unreached::Refused => (
            say(
                "Máy có trả lời nhưng không có dịch vụ ở cổng này.",
                "The machine answers, but nothing listens on this port.",
            ),
            say(
                "Kiểm tra cổng trong `base`, hỏi xem dịch vụ có đang chạy.",
                "Check the port in `base`; ask whether the service runs.",
            ),
        ),
        Unreached::NoRoute => (
            say("Không có đường mạng tới máy đó.", "There is no route to that machine."),
            say("Kiểm tra mạng chuyên dùng hoặc VPN.", "Check the dedicated network or VPN."),
        ),
        Unreached::Other => (
            say("Không mở được kết nối.", "The connection could not be opened."),
            say("Kiểm tra mạng của máy này.", "Check this machine's network."),
        ),
    }
}

/// Why there is no trusted connection, and the mend.
pub fn tls(why: TlsFailure) -> (Sentence, Sentence) {
    match why {
        TlsFailure::Expired => (
            say("Chứng thư của nền tảng đã hết hạn.", "The gateway's certificate has expired."),
            say("Báo đơn vị vận hành nền tảng thay chứng thư.", "Tell the gateway's operator to replace it."),
        ),
        TlsFailure::NotYetValid => (
            say("Chứng thư của nền tảng chưa có hiệu lực.", "The gateway's certificate is not valid yet."),
            say(
                "Kiểm tra đồng hồ máy này trước, rồi báo đơn vị vận hành.",
                "Check this machine's clock first, then tell the operator.",
            ),
        ),
        TlsFailure::UnknownRoot => (
            say(
                "Chứng thư của nền tảng không do cơ quan mà ta tin cấp.",
                "The gateway's certificate was not issued by anybody whom we trust.",
            ),
            say(
                "Xin chứng thư gốc của nền tảng và đặt vào `trust`.",
                "Ask for the gateway's root certificate and name its file in `trust`.",
            ),
        ),
        TlsFailure::WrongName => (
            say("Chứng thư của nền tảng cấp cho tên máy khác.", "The gateway's certificate is for another name."),
            say(
                "Dùng đúng tên trong chứng thư làm `base`, hoặc báo đơn vị vận hành.",
                "Use the name of the certificate in `base`, or tell the operator.",
            ),
        ),
        TlsFailure::BadCertificate => (
            say("Chứng thư của nền tảng không dùng được.", "The gateway's certificate cannot be used."),
            say("Báo đơn vị vận hành nền tảng.", "Tell the gateway's operator."),
        ),
        TlsFailure::ClientCertificateWanted => (
            say(
                "Nền tảng đòi chứng thư của ta nhưng chưa cấu hình.",
                "The gateway wants a certificate of ours and none is configured.",
            ),
            say(
                "Xin chứng thư và đặt `client_certificate`, `client_key`.",
                "Ask for one and set `client_certificate` and `client_key`.",
            ),
        ),
        TlsFailure::ClientCertificateRefused => (
            say("Nền tảng không nhận chứng thư của ta.", "The gateway does not take our certificate."),
            say(
                "Kiểm tra hạn và nơi cấp, báo đơn vị vận hành nền tảng.",
                "Check its end and issuer; tell the gateway's operator.",
            ),
        ),
        TlsFailure::BadTrust => (
            say(
                "Tệp `trust` không có chứng thư gốc dùng được, hoặc máy không có kho chứng thư.",
                "`trust` holds no usable root, or this machine has no roots.",
            ),
            say("Đặt chứng thư gốc dạng PEM vào `trust`.", "Put a root certificate in PEM form into `trust`."),
        ),
        TlsFailure::BadClientCertificate => (
            say(
                "Không dùng được `client_certificate` và `client_key`.",
                "`client_certificate` and `client_key` cannot be used.",
            ),
            say("Hai tệp phải ở dạng PEM và thuộc về nhau.", "Both must be PEM and belong together."),
        ),
        TlsFailure::NotTls => (
            say("Nơi trả lời không nói TLS.", "What answers does not speak TLS."),
            say("Kiểm tra cổng trong `base`.", "Check the port in `base`."),
        ),
        TlsFailure::NothingInCommon => (
            say(
                "Hai bên không có phiên bản TLS chung (cần 1.2 hoặc 1.3).",
                "No TLS version or cipher in common (1.2 or 1.3 is needed).",
            ),
            say("Báo đơn vị vận hành nền tảng.", "Tell the gateway's operator."),
        ),
        TlsFailure::TimedOut => (
            say("Bắt tay TLS không xong kịp.", "The TLS handshake did not end in time."),
            say(
                "Thử lại; nếu lặp lại, báo đơn vị vận hành nền tảng.",
                "Try again; if it stays, tell the gateway's operator.",
            ),
        ),
        TlsFailure::Broken => (
            say("Kết nối đứt giữa lúc bắt tay TLS.", "The connection ended in the middle of the TLS handshake."),
            say("Có thể do thiết bị trung gian: báo đơn vị vận hành.", "Perhaps a middle box: tell the operator."),
        ),
    }
}

/// What to ask or do when a token or a look-up came to this.
pub fn mend(outcome: &Outcome) -> Sentence {
    match outcome {
        Outcome::AuthFailed => say(
            "Hỏi đơn vị vận hành nền tảng: tài khoản, chuỗi kết nối và chữ ký còn đúng không; kiểm tra đồng hồ.",
            "Ask the gateway's operator whether account, connection string and signing are still right; check the clock.",
        ),
        Outcome::NotPermittedProcedure => say(
            "Xin cấp phép thủ tục này, hoặc sửa `procedure_code`.",
            "Have this procedure licensed, or mend `procedure_code`.",
        ),
        Outcome::NotPermittedOfficer => say(
            "Khai cán bộ này trong `officer_code`, hoặc xin cấp tài khoản.",
            "Put this officer into `officer_code`, or ask for an account.",
        ),
        Outcome::Rejected(_) => say(
            "Hỏi dạng của yêu cầu (trường, thứ tự, dạng tên và ngày) rồi sửa `[connection.request]`.",
            "Ask for the form of requests (fields, order, name, date) and mend `[connection.request]`.",
        ),
        Outcome::Throttled { .. } | Outcome::Maintenance { .. } => say(
            "Thử lại sau; hỏi hạn mức và giờ bảo trì.",
            "Try again later; ask for the quota and the maintenance hours.",
        ),
        Outcome::Malformed(_) => say(
            "Hỏi dạng trả lời rồi sửa `[connection.reply]`.",
            "Ask for the form of replies and mend `[connection.reply]`.",
        ),
        Outcome::NotFound => say(
            "Với người mẫu: nền tảng thử nghiệm có người này không? Với người thật: kiểm tra cả ba.",
            "For an invented person: does the test environment know it? For a real one: check all three.",
        ),
        _ => say(
            "Báo đơn vị vận hành nền tảng kèm giờ và kết quả này.",
            "Tell the gateway's operator the time and this outcome.",
        ),
    }
}
