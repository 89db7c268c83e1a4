//! A throw-away server by hand: prints its address and stays until its input ends. For running single tests often
//! without a server for each: `ANYQTAMA_TEST_POSTGRES=<address> cargo nextest run -p store-postgres`.

#![allow(clippy::print_stdout, reason = "this is how the address gets out")]

use throwaway_postgres::{Cluster, Error, Settings};

fn main() -> Result<(), Error> {
    let cluster = Cluster::start(Settings::fast())?;
    println!("{}", cluster.url("postgres"));
    let ended = std::io::read_to_string(std::io::stdin());
    drop(cluster);
    ended?;
    Ok(())
}
