//! Why a TLS handshake failed, in words, and who can mend it.

use super::check::{Words, words};
use crate::population::gateway::probe::TlsFailure;

/// Stable word, sentence and mend of a failed handshake.
pub fn refused(failure: TlsFailure, host: &str) -> (&'static str, Words, Words) {
    use TlsFailure as F;
    let operator = || words("báo cho đơn vị vận hành cổng", "tell the gateway's operator");
    let clock = || {
        words(
            "xem đồng hồ của máy này trước; nếu đúng, báo cho đơn vị vận hành cổng",
            "look at this machine's clock first; when it is right, tell the gateway's operator",
        )
    };
    match failure {
        F::Expired => {
            ("expired", words("chứng thư của cổng đã hết hạn", "the gateway's certificate has ended"), clock())
        }
        F::NotYetValid => (
            "not_yet_valid",
            words("chứng thư của cổng chưa có hiệu lực", "the gateway's certificate is not valid yet"),
            clock(),
        ),
        F::UnknownRoot => (
            "unknown_root",
            words(
                "chứng thư của cổng do một nơi không được tin cậy cấp",
                "the gateway's certificate was issued by somebody whom we do not trust",
            ),
            words(
                "xin đơn vị vận hành chứng thư gốc, ghi tệp PEM đó vào `trust`; không bao giờ tắt việc kiểm tra",
                "ask the operator for the root certificate and name that PEM file in `trust`; never switch checks off",
            ),
        ),
        F::WrongName => (
            "wrong_name",
            words(
                format!("chứng thư của cổng không phải cho tên {host}"),
                format!("the gateway's certificate is not for the name {host}"),
            ),
            words(
                "dùng đúng tên ghi trong chứng thư làm `base`, hoặc báo cho đơn vị vận hành",
                "use the name that stands in the certificate as `base`, or tell the operator",
            ),
        ),
        F::BadCertificate => (
            "bad_certificate",
            words("chứng thư của cổng không dùng được", "the gateway's certificate cannot be used"),
            operator(),
        ),
        F::ClientCertificateWanted => (
            "client_certificate_wanted",
            words(
                "cổng đòi chứng thư của bên ta, mà chưa cấu hình",
                "the gateway wants a certificate of ours, and none is configured",
            ),
            words(
                "xin đơn vị vận hành cấp chứng thư, rồi ghi `client_certificate` và `client_key`",
                "ask the operator for a certificate, then set `client_certificate` and `client_key`",
            ),
        ),
        F::ClientCertificateRefused => (
            "client_certificate_refused",
            words("cổng không nhận chứng thư của bên ta", "the gateway does not take our certificate"),
            words(
                "xem hạn dùng ở mục certificates; hỏi đơn vị vận hành họ chấp nhận nơi cấp nào",
                "look at its end under certificates; ask the operator which issuer they accept",
            ),
        ),
        F::BadTrust => (
            "bad_trust",
            words("không có chứng thư gốc nào dùng được", "there is no root certificate that can be used"),
            words(
                "ghi vào `trust` một tệp PEM có chứng thư gốc của cổng",
                "name in `trust` a PEM file with the gateway's root certificate",
            ),
        ),
        F::BadClientCertificate => (
            "bad_client_certificate",
            words(
                "`client_certificate` và `client_key` không đi với nhau hoặc không phải PEM",
                "`client_certificate` and `client_key` do not belong together or are no PEM",
            ),
            words("ghi lại đúng cặp tệp được cấp", "name the pair of files that was issued"),
        ),
        F::NotTls => (
            "not_tls",
            words("nơi trả lời không nói TLS", "what answers does not speak TLS"),
            words("xem lại cổng trong `base`", "look at the port in `base`"),
        ),
        F::NothingInCommon => (
            "nothing_in_common",
            words(
                "cổng chỉ có phiên bản TLS cũ hơn 1.2 hoặc mã khác",
                "the gateway has only TLS older than 1.2 or other ciphers",
            ),
            operator(),
        ),
        F::TimedOut => {
            ("timed_out", words("bắt tay TLS không xong kịp", "the TLS handshake did not end in time"), operator())
        }
        F::Broken => (
            "broken",
            words("kết nối bị cắt giữa lúc bắt tay TLS", "the connection was cut in the middle of the TLS handshake"),
            operator(),
        ),
    }
}
