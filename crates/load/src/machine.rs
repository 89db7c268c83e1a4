//! What a measurement was made on, in words.

use std::fs;

/// Processor, memory and system of this machine, as far as the kernel tells.
pub fn words() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let gigabytes = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1_000_000);
    let system = fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(line.trim_matches('"').to_owned())
    });
    let system = system.unwrap_or_else(|| "unknown system".to_owned());
    format!("{cores} cores of {model}, {gigabytes} GB, {system}")
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_tells_what_the_machine_is() {
        let words = super::words();
        assert!(!words.starts_with('0') && words.contains("cores of"), "{words}");
        assert_eq!(super::field("/proc/meminfo", "NoSuchField"), None);
    }
}
