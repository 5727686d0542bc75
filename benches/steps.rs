//! Single steps of the work, in the order of a request: `cargo bench --bench steps`, or one of them with
//! `cargo bench --bench steps -- render`. `render` is held against `to_vec_of_structs`: the same answer, written by
//! `serde_json` from structs that are ready.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use diensan::bench_steps::{BODY, CatalogSteps, Steps};

/// The program's: what a step frees is overwritten there too, and that takes its time.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn steps(criterion: &mut Criterion) {
    let steps = Steps::prepare(root()).expect("every step does what it is measured for");
    let mut measure = |name: &str, step: &dyn Fn(&Steps) -> usize| {
        criterion.bench_function(name, |bencher| bencher.iter(|| step(black_box(&steps))));
    };
    measure("read_request", &|steps| usize::from(steps.read_request(black_box(BODY))));
    measure("cache_hit", &|steps| usize::from(steps.cache_hit()));
    measure("read_reply", &|steps| usize::from(steps.read_reply()));
    measure("fill", &Steps::fill);
    measure("render", &|steps| black_box(steps.render()).len());
    measure("to_vec_of_structs", &|steps| black_box(steps.to_vec_of_structs()).len());
    measure("seal", &Steps::seal);
    measure("open", &|steps| usize::from(steps.open()));
    measure("chain", &Steps::chain);
}

/// Loading takes so long that a usual sample would take a minute.
fn catalog(criterion: &mut Criterion) {
    let steps = CatalogSteps::prepare(root()).expect("a catalogue");
    let mut group = criterion.benchmark_group("catalog");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("load", |bencher| bencher.iter(|| steps.load()));
    group.bench_function("reload_one_form", |bencher| bencher.iter(|| assert!(steps.reload_one_form())));
    group.bench_function("compile_one_form", |bencher| bencher.iter(|| steps.compile_one_form()));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = steps, catalog
}
criterion_main!(benches);
