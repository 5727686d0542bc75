//! The attributes in groups as people think of them, for the picture of what is covered.

use crate::catalog::{Filling, FormPlan, Language, SourceAttribute, Target, attribute_of};

/// The groups with the words of both languages and the first parts of the attributes' paths.
const GROUPS: [(&str, &str, &[&str]); COUNT] = [
    ("Số giấy tờ", "Numbers", &["so_dinh_danh", "so_cmnd"]),
    ("Họ tên", "Name", &["ho_va_ten"]),
    ("Ngày sinh", "Birth date", &["ngay_sinh", "tuoi"]),
    ("Nhân thân", "Person", &["gioi_tinh", "dan_toc", "ton_giao", "quoc_tich", "tinh_trang_hon_nhan", "nhom_mau"]),
    ("Đăng ký khai sinh", "Birth registration", &["noi_dang_ky_khai_sinh"]),
    ("Quê quán", "Home place", &["que_quan"]),
    ("Thường trú", "Permanent residence", &["thuong_tru"]),
    ("Nơi ở hiện tại", "Present residence", &["noi_o_hien_tai"]),
    ("Cha", "Father", &["cha"]),
    ("Mẹ", "Mother", &["me"]),
    ("Vợ, chồng", "Spouse", &["vo_chong"]),
    ("Người đại diện", "Representative", &["nguoi_dai_dien"]),
    ("Hộ gia đình", "Household", &["chu_ho", "so_so_ho_khau"]),
    ("Thẻ", "Card", &["the"]),
    ("Yêu cầu", "Request", &["request"]),
];

/// How many groups there are.
pub const COUNT: usize = 15;

/// The names of the groups.
pub fn names(lang: Language) -> [&'static str; COUNT] {
    GROUPS.map(|(vi, en, _)| lang.pick(vi, en))
}

fn group_of(attribute: SourceAttribute) -> Option<usize> {
    let path = attribute.path();
    let first = path.split_once('.').map_or(path, |(first, _)| first);
    GROUPS.iter().position(|(.., paths)| paths.contains(&first))
}

/// How many boxes and columns of a form are filled from each group; the first source of a box decides.
pub fn counts(form: &FormPlan) -> [usize; COUNT] {
    let mut counts = [0; COUNT];
    add(&form.targets, &mut counts);
    counts
}

fn add(targets: &[Target], counts: &mut [usize; COUNT]) {
    for target in targets {
        match &target.filling {
            Filling::Manual => {}
            Filling::Rows { columns, .. } => add(columns, counts),
            Filling::Mapped(mapped) => {
                let group = mapped.sources.first().and_then(attribute_of).and_then(group_of);
                if let Some(count) = group.and_then(|group| counts.get_mut(group)) {
                    *count += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_in_exactly_one_group() {
        for attribute in SourceAttribute::all() {
            let path = attribute.path();
            let first = path.split('.').next().expect("a part");
            let groups = GROUPS.iter().filter(|(.., paths)| paths.contains(&first)).count();
            assert_eq!(groups, 1, "{path}");
        }
    }
}
