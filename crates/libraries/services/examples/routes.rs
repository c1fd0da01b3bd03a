//! Prints the ways to all services, for the test that compares them with the collections: collection, provider, and what
//! it is told there, with blanks between.

fn main() {
    for service in services::all() {
        for route in service.routes() {
            let told = route.needed.iter().chain(route.optional);
            let names: Vec<&str> = told.map(|(name, _)| *name).collect();
            let through = route.through.name();
            println!("{through} {} {}", route.provider, names.join(" "));
        }
    }
}
