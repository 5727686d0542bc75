//! Pages that say why there is no page.

use askama::Template;

use super::shell::{Page, Section, Shell};
use super::visit::Visit;

/// Where one probably wanted to go.
pub struct Near {
    pub href: String,
    pub label: String,
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct Sorry<'a> {
    shell: Shell,
    text: &'a str,
    near: Option<Near>,
}

/// Nothing stands at this address.
pub fn no_page(visit: &Visit) -> Page {
    let (vi, en) = ("Địa chỉ này không có trang nào.", "There is no page at this address.");
    missing(visit, visit.lang.pick(vi, en), None)
}

/// What the address names is not in the catalogue; perhaps something near is meant.
pub fn missing(visit: &Visit, text: &str, near: Option<Near>) -> Page {
    let shell = Shell::new(visit, Section::None, visit.lang.pick("Không tìm thấy", "Not found"));
    Page::of(404, &Sorry { shell, text, near })
}

/// An address that holds what could be a personal number; it is not shown again.
pub fn refused_address(visit: &Visit) -> Page {
    let shell = Shell::new(visit, Section::None, visit.lang.pick("Địa chỉ bị từ chối", "Address refused"));
    let (vi, en) = (
        "Địa chỉ có dãy số giống số định danh. Không gửi dữ liệu cá nhân trên địa chỉ.",
        "The address holds digits like those of a personal number. Personal data never travels in an address.",
    );
    Page::of(400, &Sorry { shell, text: visit.lang.pick(vi, en), near: None })
}

/// A page of somebody else sent this form.
pub fn foreign_page(visit: &Visit) -> Page {
    let shell = Shell::new(visit, Section::None, visit.lang.pick("Yêu cầu bị từ chối", "Request refused"));
    let (vi, en) = (
        "Trang quầy chỉ nhận những gì gửi từ chính nó. Mở lại trang quầy rồi gõ lại.",
        "The counter takes only what its own page sends. Open the counter again and type it once more.",
    );
    Page::of(403, &Sorry { shell, text: visit.lang.pick(vi, en), near: None })
}

/// What the page sent could not be read; the sentences are those for programs.
pub fn unreadable_page(visit: &Visit, status: u16, title_en: &str, detail_vi: &str) -> Page {
    let shell = Shell::new(visit, Section::None, visit.lang.pick("Không đọc được", "Cannot be read"));
    Page::of(status, &Sorry { shell, text: visit.lang.pick(detail_vi, title_en), near: None })
}

/// The counter, for somebody who shows no credential that may fill.
pub fn locked_counter(visit: &Visit, status: u16, title_en: &str, detail_vi: &str) -> Page {
    let shell =
        Shell::new(visit, Section::None, visit.lang.pick("Trang quầy không mở ở đây", "The counter is not open here"));
    let vi = format!("{detail_vi} Trang quầy cần chứng thư (mTLS) của một bên gọi được phép điền.");
    let en = format!("{title_en} The counter needs the certificate (mTLS) of a caller who may fill.");
    Page::of(status, &Sorry { shell, text: &visit.lang.pick(vi, en), near: None })
}

/// A page that this door does not show to everybody.
pub fn locked(visit: &Visit, status: u16, title_en: &str, detail_vi: &str) -> Page {
    let shell =
        Shell::new(visit, Section::None, visit.lang.pick("Trang này không mở ở đây", "This page is not open here"));
    let vi = format!("{detail_vi} Các trang này mở ở cửa của người vận hành, hoặc khi cấu hình cho phép.");
    let en = format!("{title_en} These pages are open at the operator's door, or where the configuration allows it.");
    Page::of(status, &Sorry { shell, text: &visit.lang.pick(vi, en), near: None })
}
