//! MACs and hashes as the text that stands in lines.

/// A MAC as 64 hexadecimal digits in small letters.
pub type MacText = [u8; 64];

/// What stands for the line before the first.
pub const GENESIS: MacText = [b'0'; 64];

/// Hexadecimal digits of 32 bytes.
pub fn hex(bytes: &[u8]) -> MacText {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = GENESIS;
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}
