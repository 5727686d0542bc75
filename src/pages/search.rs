//! Searching without accents: "ho tich" finds "Hộ tịch".

use crate::citizen::name::search_key;

/// A text to search in: its words without accents, each with a space before it.
pub struct Haystack(String);

/// What is searched for.
pub struct Needle(Vec<String>);

/// The words of a text without accents. A code such as `1.004772` stays one word.
fn folded(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '/' | '(' | ')'));
    words.map(search_key).filter(|word| !word.is_empty()).collect()
}

impl Haystack {
    /// Of several texts.
    pub fn new(texts: &[&str]) -> Self {
        let mut hay = String::new();
        for word in texts.iter().flat_map(|text| folded(text)) {
            hay.push(' ');
            hay.push_str(&word);
        }
        Self(hay)
    }

    /// Whether a word begins with this one.
    fn has_word(&self, word: &str) -> bool {
        self.0.contains(&format!(" {word}"))
    }
}

impl Needle {
    /// The words as somebody typed them.
    pub fn new(typed: &str) -> Self {
        Self(folded(typed))
    }

    /// Those that hold the words next to each other and in order (the last may be unfinished); where none does, those
    /// that hold each of them. Without words: all.
    pub fn best<'c, T>(&self, candidates: &[(&'c T, Haystack)]) -> Vec<&'c T> {
        let phrase = self.0.join(" ");
        let picked = |test: &dyn Fn(&Haystack) -> bool| -> Vec<&'c T> {
            candidates.iter().filter(|(_, hay)| test(hay)).map(|(candidate, _)| *candidate).collect()
        };
        let with_phrase = picked(&|hay| hay.has_word(&phrase));
        if !with_phrase.is_empty() || self.0.len() < 2 {
            return with_phrase;
        }
        picked(&|hay| self.0.iter().all(|word| hay.has_word(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_accents_and_a_phrase_before_scattered_words() {
        let texts = ["1.004772 Đăng ký khai sinh Hộ tịch", "Hồ sơ tích hợp", "Chứng thực chữ ký"];
        let candidates: Vec<(&&str, Haystack)> = texts.iter().map(|text| (text, Haystack::new(&[text]))).collect();
        let found = |typed: &str| -> Vec<&str> { Needle::new(typed).best(&candidates).into_iter().copied().collect() };
        assert_eq!(found("ho tich"), [texts[0]]);
        assert_eq!(found("HỘ TỊCH"), [texts[0]]);
        assert_eq!(found("dang ky kh"), [texts[0]]);
        assert_eq!(found("1.0047"), [texts[0]]);
        assert_eq!(found("tich so"), [texts[1]]);
        assert_eq!(found("ky"), [texts[0], texts[2]]);
        assert_eq!(found("xe may"), Vec::<&str>::new());
        assert_eq!(found("").len(), 3);
        assert_eq!(found("<script>").len(), 0);
    }
}
