//! What verifying can find, with the place and two sentences.

use super::line::{TimeText, ascii};

/// What is wrong at a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes have not the shape of a line.
    NotALine,
    /// The bytes behind the last line feed.
    Torn,
    /// The same while a writer is at work: the line may be under way.
    UnderWay,
    /// The line's own MAC is wrong: a byte was changed, or it was written without the key.
    WrongMac,
    /// The line's key is not at hand.
    UnknownKey { id: String },
    /// Lines are gone before this one.
    Missing { from: u64, to: u64 },
    /// The line before once more.
    Repeated { seq: u64 },
    /// Two proven lines with one number: two writers had the key.
    SecondWriter { seq: u64 },
    /// A line whose place is further up.
    OutOfOrder { seq: u64, after: u64 },
    /// The number follows, the MAC of the line before does not.
    BrokenLink { seq: u64 },
    /// The time is before that of the line before, and the line does not say so.
    TimeBack,
    /// The line says that the clock had been set back.
    ClockBack,
    /// A head or anchor knows of lines that are not there.
    CutTail { seq: u64, taken: TimeText, source: String },
    /// A head or anchor knows another line with this number.
    OtherThanAnchor { seq: u64, source: String },
    /// A head or anchor that cannot be used, and why.
    BadHead(&'static str),
    /// No head lies in the directory: a cut tail would not be seen without anchors.
    NoHead,
    /// The file cannot be read.
    Unreadable(String),
}

/// A fault and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A file name, without folder.
    pub file: String,
    /// From 1; 0 for the whole file.
    pub line: u64,
    pub fault: Fault,
}

impl Fault {
    /// Stable name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotALine => "not_a_line",
            Self::Torn => "torn",
            Self::UnderWay => "under_way",
            Self::WrongMac => "wrong_mac",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Missing { .. } => "missing",
            Self::Repeated { .. } => "repeated",
            Self::SecondWriter { .. } => "second_writer",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::BrokenLink { .. } => "broken_link",
            Self::TimeBack => "time_back",
            Self::ClockBack => "clock_back",
            Self::CutTail { .. } => "cut_tail",
            Self::OtherThanAnchor { .. } => "other_than_anchor",
            Self::BadHead(_) => "bad_head",
            Self::NoHead => "no_head",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Whether somebody should know, although the chain is whole.
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::ClockBack | Self::NoHead | Self::UnderWay)
    }

    /// The Vietnamese and the English sentence.
    pub fn words(&self) -> (String, String) {
        let both = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
        match self {
            Self::NotALine => both("không phải là một dòng nhật ký", "is not a line of a journal"),
            Self::Torn => both("dòng cuối bị đứt", "the last line is torn"),
            Self::UnderWay => both("dòng cuối đang được ghi", "the last line is being written"),
            Self::WrongMac => both(
                "mã xác thực sai: dòng đã bị sửa hoặc được ghi không có khóa",
                "wrong MAC: the line was changed, or written without the key",
            ),
            Self::UnknownKey { id } => {
                (format!("không có khóa `{id}` để kiểm tra"), format!("the key `{id}` is not at hand"))
            }
            Self::Missing { from, to } => {
                (format!("thiếu các dòng số {from} đến {to}"), format!("lines {from} to {to} are missing before it"))
            }
            Self::Repeated { seq } => {
                (format!("dòng số {seq} bị lặp lại"), format!("line number {seq} stands here once more"))
            }
            Self::SecondWriter { seq } => (
                format!("hai dòng khác nhau cùng số {seq}: có bên ghi thứ hai"),
                format!("two different lines have the number {seq}: there was a second writer"),
            ),
            Self::OutOfOrder { seq, after } => (
                format!("dòng số {seq} đứng sau dòng số {after}"),
                format!("line number {seq} stands behind number {after}"),
            ),
            Self::BrokenLink { seq } => (
                format!("dòng số {seq} không nối với dòng trước"),
                format!("line number {seq} does not hang on the line before"),
            ),
            Self::TimeBack => both("thời gian lùi so với dòng trước", "its time is before that of the line before"),
            Self::ClockBack => {
                both("đồng hồ máy đã bị chỉnh lùi trước dòng này", "the clock had been set back before this line")
            }
            Self::CutTail { seq, taken, source } => {
                let taken = ascii(taken);
                (
                    format!("phần cuối bị cắt: `{source}` lúc {taken} đã biết đến dòng số {seq}"),
                    format!("the tail was cut: `{source}` knew of line number {seq} at {taken}"),
                )
            }
            Self::OtherThanAnchor { seq, source } => (
                format!("dòng số {seq} khác với dòng mà `{source}` đã biết: nhật ký bị viết lại"),
                format!("line number {seq} is another than the one `{source}` knew: the journal was rewritten"),
            ),
            Self::BadHead(what) => (format!("mốc xác thực không dùng được ({what})"), format!("the head {what}")),
            Self::NoHead => both(
                "không có tệp head.json: phần cuối bị cắt sẽ không bị phát hiện nếu không có mốc ngoài",
                "there is no head.json: a cut tail is not seen without anchors",
            ),
            Self::Unreadable(error) => (format!("không đọc được: {error}"), format!("cannot be read: {error}")),
        }
    }
}
