//! A date read out in Vietnamese words, for boxes that ask for it "bằng chữ".

use super::{Fitted, Input, TransformContext, Unfit, date_of};

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// The date as precisely as the register has it: "Ngày hai mươi mốt tháng tư năm một nghìn chín trăm tám mươi bảy",
/// "Tháng tư năm …" or "Năm …". Nothing is completed.
pub(super) fn date_words<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let date = date_of(input)?;
    let year = format!("năm {}", cardinal(u32::from(date.year())));
    let words = match (date.month(), date.day()) {
        (Some(month), Some(day)) => format!("Ngày {} {} {year}", cardinal(u32::from(day)), month_words(month)),
        (Some(month), None) => format!("{} {year}", capitalised(&month_words(month))),
        _ => capitalised(&year),
    };
    Ok(Fitted::plain(words))
}

/// The fourth month is called "tháng tư", not "tháng bốn".
fn month_words(month: u8) -> String {
    if month == 4 { "tháng tư".to_owned() } else { format!("tháng {}", cardinal(u32::from(month))) }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A number from 0 to 9999 as it is read: an empty hundreds place is said ("không trăm") and an empty tens place too
/// ("linh"), so that two years never sound alike.
fn cardinal(number: u32) -> String {
    let (thousands, hundreds, rest) = (number / 1000 % 10, number / 100 % 10, number % 100);
    let mut words = Vec::new();
    if thousands > 0 {
        words.push(format!("{} nghìn", digit(thousands)));
    }
    if hundreds > 0 || (thousands > 0 && rest > 0) {
        words.push(format!("{} trăm", digit(hundreds)));
    }
    if rest >= 10 {
        words.push(tens(rest));
    } else if rest > 0 && !words.is_empty() {
        words.push(format!("linh {}", digit(rest)));
    } else if words.is_empty() {
        words.push(digit(rest).to_owned());
    }
    words.join(" ")
}

/// 10 to 99, with the sound changes of one, four and five after tens.
fn tens(number: u32) -> String {
    let (ten, one) = (number / 10, number % 10);
    let head = if ten == 1 { "mười".to_owned() } else { format!("{} mươi", digit(ten)) };
    match (ten, one) {
        (_, 0) => head,
        (2.., 1) => format!("{head} mốt"),
        (2.., 4) => format!("{head} tư"),
        (_, 5) => format!("{head} lăm"),
        _ => format!("{head} {}", digit(one)),
    }
}

fn digit(number: u32) -> &'static str {
    DIGITS.get(number as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cardinal;

    #[test]
    fn numbers_are_read_as_vietnamese_reads_them() {
        for (number, words) in [
            (0, "không"),
            (5, "năm"),
            (10, "mười"),
            (11, "mười một"),
            (14, "mười bốn"),
            (15, "mười lăm"),
            (20, "hai mươi"),
            (21, "hai mươi mốt"),
            (24, "hai mươi tư"),
            (25, "hai mươi lăm"),
            (31, "ba mươi mốt"),
            (105, "một trăm linh năm"),
            (1900, "một nghìn chín trăm"),
            (1905, "một nghìn chín trăm linh năm"),
            (1987, "một nghìn chín trăm tám mươi bảy"),
            (2000, "hai nghìn"),
            (2001, "hai nghìn không trăm linh một"),
            (2015, "hai nghìn không trăm mười lăm"),
            (2024, "hai nghìn không trăm hai mươi tư"),
        ] {
            assert_eq!(cardinal(number), words, "{number}");
        }
    }

    #[test]
    fn no_two_numbers_are_read_alike() {
        let mut read: Vec<String> = (0..10_000).map(cardinal).collect();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read.len(), 10_000);
    }
}
