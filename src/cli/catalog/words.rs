//! The states and reasons of a box in both languages, for people.

use std::borrow::Cow;

use crate::autofill::FieldView;
use crate::cli::screen::Lang;

/// What happened to a box: its state, or why it stayed empty.
pub fn state_of(view: &FieldView, lang: Lang) -> Cow<'static, str> {
    let words = match view.state.as_str() {
        "filled" => ("đã điền", "filled"),
        "suggested" => ("gợi ý, cán bộ xác nhận", "suggested, to be confirmed"),
        "kept" => ("giữ giá trị đã gõ", "typed value kept"),
        _ => return format!("{}: {}", lang.say("để trống", "empty"), reason_of(view, lang)).into(),
    };
    lang.say(words.0, words.1).into()
}

fn reason_of(view: &FieldView, lang: Lang) -> Cow<'static, str> {
    let reason = view.reason.as_deref().unwrap_or_default();
    let (vi, en) = match reason {
        "manual" => ("nhập tay", "filled in by hand"),
        "not_given" => ("cơ sở dữ liệu không có", "the register gives nothing"),
        "unknown_code" => ("mã lạ, không có trong bảng mã", "a code that no list explains"),
        "not_in_list" => ("không có trong danh sách của tờ khai", "not in the form's list"),
        "does_not_fit" => ("không vừa ô", "does not fit the box"),
        "partial_date" => ("chỉ biết một phần ngày", "only a part of the date is known"),
        "conflict" => ("dữ liệu mâu thuẫn", "the record contradicts itself"),
        "condition" => ("không thuộc trường hợp này", "the condition does not hold"),
        "not_licensed" => ("không được phép lấy", "not licensed"),
        "person_not_asked" => ("chưa nêu người ở vai này", "nobody was named for the role"),
        "record_blocked" => ("người đã chết hoặc mất tích", "the person is dead or missing"),
        other => {
            let outcome = other.strip_prefix("lookup_").unwrap_or(other);
            return format!("{} {outcome}", lang.say("tra cứu:", "look-up:")).into();
        }
    };
    lang.say(vi, en).into()
}

/// What stands in a box on paper; the code in brackets where a name is printed for it.
pub fn printed(view: &FieldView) -> Option<String> {
    let value = view.value.as_ref()?;
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(match (&view.text, value) {
        (None, value) => plain(value),
        (Some(text), serde_json::Value::Object(_)) => text.clone(),
        (Some(text), value) => format!("{text} ({})", plain(value)),
    })
}
