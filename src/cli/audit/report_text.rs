//! The supervision report as Markdown, with a place for who signs it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::disclosures::Names;
use super::report::{Counts, Report};

/// The report in Vietnamese.
pub fn markdown(report: &Report, names: &Names) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Báo cáo giám sát khai thác dữ liệu dân cư, tháng {}\n", report.month);
    let _ = writeln!(out, "Lập lúc {}. Số dòng nhật ký trong tháng: {}.\n", report.made_at, report.lines);
    let total = &report.total;
    let _ = writeln!(
        out,
        "Cung cấp dữ liệu: {}. Đối chiếu: {}. Từ chối: {}. Số công dân có dữ liệu được cung cấp: {}.\n",
        total.disclosures,
        total.verifications,
        total.refusals,
        total.citizens.len()
    );
    groups(&mut out, "1. Hệ thống khai thác", "Hệ thống", &report.callers, &|key| key.to_owned());
    groups(&mut out, "2. Cơ quan và cán bộ", "Cơ quan / cán bộ", &report.officers, &|key| key.to_owned());
    let service = |code: &str| match names.service(code) {
        name if name == code => code.to_owned(),
        name => format!("{code} {name}"),
    };
    groups(&mut out, "3. Thủ tục", "Thủ tục", &report.services, &service);
    numbers(&mut out, "4. Yêu cầu bị từ chối, theo lý do", "Lý do", &report.refusals, &|key| key.to_owned());
    numbers(&mut out, "5. Kết quả tra cứu", "Kết quả", &report.outcomes, &|key| key.to_owned());
    let attribute = |path: &str| names.attribute(path).to_owned();
    numbers(&mut out, "6. Thông tin đã cung cấp", "Thông tin", &report.attributes, &attribute);
    let _ = writeln!(out, "## 7. Cảnh báo\n");
    if report.alarms.is_empty() {
        let _ = writeln!(out, "Không có.\n");
    } else {
        let _ =
            writeln!(out, "| Thời gian | Cảnh báo | Từ lúc | Hệ thống | Cán bộ | Dòng |\n|---|---|---|---|---|---:|");
        for alarm in &report.alarms {
            let word = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
            let (since, caller, officer) = (word(&alarm.since), word(&alarm.caller), word(&alarm.officer));
            let (time, code, line) = (&alarm.time, cell(&alarm.alarm), alarm.line);
            let _ = writeln!(out, "| {time} | {code} | {since} | {caller} | {officer} | {line} |");
        }
        out.push('\n');
    }
    numbers(&mut out, "8. Hoạt động của nhật ký", "Sự kiện", &report.events, &event);
    journal(&mut out, report);
    let _ = writeln!(out, "## 10. Xác nhận\n");
    let _ = writeln!(out, "Người giám sát (họ tên, chức vụ): ______________________________\n");
    let _ = writeln!(out, "Nhận xét: ______________________________\n");
    let _ = writeln!(out, "Ngày: ____________    Chữ ký: ____________________");
    out
}

fn journal(out: &mut String, report: &Report) {
    let _ = writeln!(out, "## 9. Tính nguyên vẹn của nhật ký\n");
    for (name, proof) in report
        .journal
        .iter()
        .map(|proof| (None, proof))
        .chain(report.journals.iter().map(|(name, proof)| (Some(name), proof)))
    {
        if let Some(name) = name {
            let _ = writeln!(out, "### {}\n", cell(name));
        }
        let _ = match proof.faults {
            None => writeln!(out, "Chưa kiểm tra: không có khóa xác thực.\n"),
            Some(0) => writeln!(out, "Đã kiểm tra: nguyên vẹn.\n"),
            Some(faults) => writeln!(out, "**Có {faults} sai lệch**: chạy `diensan audit verify`.\n"),
        };
        if let (Some(line), Some(mac)) = (proof.last_line, &proof.last_mac) {
            let _ = writeln!(out, "Dòng cuối khi lập báo cáo: số {line}, mã `{mac}`.\n");
        }
    }
}

/// A cell of a table: nothing in it may end the cell or the line.
fn cell(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}").replace('|', "\\|").replace('<', "&lt;")
}

fn groups(
    out: &mut String,
    title: &str,
    column: &str,
    groups: &BTreeMap<String, Counts>,
    name: &dyn Fn(&str) -> String,
) {
    let _ = writeln!(out, "## {title}\n");
    if groups.is_empty() {
        let _ = writeln!(out, "Không có.\n");
        return;
    }
    let _ = writeln!(out, "| {column} | Cung cấp | Đối chiếu | Từ chối | Công dân |\n|---|---:|---:|---:|---:|");
    for (key, counts) in groups {
        let Counts { disclosures, verifications, refusals, citizens } = counts;
        let _ = writeln!(
            out,
            "| {} | {disclosures} | {verifications} | {refusals} | {} |",
            cell(&name(key)),
            citizens.len()
        );
    }
    out.push('\n');
}

fn numbers(
    out: &mut String,
    title: &str,
    column: &str,
    numbers: &BTreeMap<String, u64>,
    name: &dyn Fn(&str) -> String,
) {
    let _ = writeln!(out, "## {title}\n");
    if numbers.is_empty() {
        let _ = writeln!(out, "Không có.\n");
        return;
    }
    let _ = writeln!(out, "| {column} | Số lần |\n|---|---:|");
    for (key, number) in numbers {
        let _ = writeln!(out, "| {} | {number} |", cell(&name(key)));
    }
    out.push('\n');
}

fn event(kind: &str) -> String {
    match kind {
        "start" => "Bắt đầu ghi",
        "close" => "Kết thúc đúng cách",
        "cut" => "Cắt phần bị đứt sau sự cố",
        "clock_back" => "Đồng hồ bị chỉnh lùi",
        "release" => "Cán bộ thứ hai cho phép tra cứu",
        "explanation" => "Cán bộ giải trình lý do tra cứu",
        "cache_delete" => "Xóa bộ nhớ đệm theo yêu cầu",
        other => other,
    }
    .to_owned()
}
