//! The benchmarks stand in `benches`.
