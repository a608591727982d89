//! The APIs as they run: routes with what answers them, and which of them a URL means.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::authorizer::Authorizer;
use crate::config;
use crate::integration::Integration;
use crate::route::SelectionExpression;

/// One API in one stage.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) id: String,
    pub(crate) stage: String,
    pub(crate) domain_name: String,
    domains: Vec<config::Domain>,
    selection: Option<SelectionExpression>,
    pub(crate) stage_variables: BTreeMap<String, String>,
    routes: HashMap<String, Route>,
}

/// A route and what answers it.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) key: String,
    pub(crate) integration: Arc<Integration>,
    pub(crate) authorizer: Option<Arc<Authorizer>>,
    pub(crate) iam: bool,
    /// Whether the client gets what the integration answers.
    pub(crate) response: bool,
}

impl Api {
    /// An API of a configuration that has been checked. What its names mean comes with it.
    pub(crate) fn new(
        api: &config::Api,
        region: &str,
        integrations: &HashMap<&str, Arc<Integration>>,
        authorizers: &HashMap<&str, Arc<Authorizer>>,
    ) -> Self {
        let route = |route: &config::Route| {
            let integration = integrations.get(route.integration.as_str())?.clone();
            let authorizer = route.authorizer.as_deref().and_then(|name| authorizers.get(name)).cloned();
            let key = route.key.clone();
            Some((
                key.clone(),
                Route { key, integration, authorizer, iam: route.iam, response: route.response },
            ))
        };
        let domain_name = || format!("{}.execute-api.{region}.amazonaws.com", api.id);
        Self {
            id: api.id.clone(),
            stage: api.stage.clone(),
            domain_name: api.domain_name.clone().unwrap_or_else(domain_name),
            domains: api.domains.clone(),
            selection: SelectionExpression::parse(&api.route_selection_expression),
            stage_variables: api.stage_variables.clone(),
            routes: api.routes.iter().filter_map(route).collect(),
        }
    }

    pub(crate) fn connect_route(&self) -> Option<&Route> {
        self.routes.get("$connect")
    }

    pub(crate) fn disconnect_route(&self) -> Option<&Route> {
        self.routes.get("$disconnect")
    }

    /// The route of a message: the one that it names, else `$default`.
    pub(crate) fn message_route(&self, message: &str) -> Option<&Route> {
        let named = self.selection.as_ref().and_then(|selection| selection.evaluate(message));
        let named = named.filter(|key| !matches!(key.as_str(), "$connect" | "$disconnect"));
        named.and_then(|key| self.routes.get(&key)).or_else(|| self.routes.get("$default"))
    }

    fn is_at_domain(&self, host: &str, path: &str) -> bool {
        let is_here = |domain: &&config::Domain| {
            is_host(host, &domain.name) && domain.base_path.trim_matches('/') == path
        };
        self.domains.iter().any(|domain| is_here(&domain))
    }
}

/// Whether a `Host` is a name, whatever the port.
fn is_host(host: &str, name: &str) -> bool {
    let without_port = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host.eq_ignore_ascii_case(name) || without_port.eq_ignore_ascii_case(name)
}

/// An API that a URL means, and the host that events name it by.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) api: Arc<Api>,
    pub(crate) domain_name: String,
}

/// All APIs of the gateway.
#[derive(Debug)]
pub(crate) struct Apis(Vec<Arc<Api>>);

impl Apis {
    pub(crate) fn new(apis: Vec<Arc<Api>>) -> Self {
        Self(apis)
    }

    pub(crate) fn all(&self) -> &[Arc<Api>] {
        &self.0
    }

    /// The APIs that a URL may mean. Custom domains come first; then `{id}.…/{stage}` as on AWS; then, for hosts that say
    /// nothing, every path that ends with the stage: functions that build their own URL out of an id get through.
    pub(crate) fn at(&self, host: &str, path: &str) -> Vec<Place> {
        let path = path.trim_matches('/');
        let own = self.0.iter().filter(|api| api.is_at_domain(host, path));
        let own: Vec<Place> =
            own.map(|api| Place { api: api.clone(), domain_name: host.to_owned() }).collect();
        if !own.is_empty() {
            return own;
        }
        let stage = path.rsplit('/').next().unwrap_or(path);
        let of_stage = self.0.iter().filter(|api| api.stage == stage);
        let places = of_stage.map(|api| Place { api: api.clone(), domain_name: api.domain_name.clone() });
        let places: Vec<Place> = places.collect();
        let named: Vec<Place> =
            places.iter().filter(|place| is_named(&place.api.id, host, path)).cloned().collect();
        if named.is_empty() { places } else { named }
    }
}

/// Whether a host begins with an API's id, or a part of the path is one.
fn is_named(id: &str, host: &str, path: &str) -> bool {
    let of_host = host.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
    let whole = format!("/{host}/{path}/");
    of_host || whole.contains(&format!("/{id}/")) || whole.contains(&format!("/{id}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apis(ids: &[(&str, &str)]) -> Apis {
        let api = |(id, stage): &(&str, &str)| {
            let text =
                format!("id = \"{id}\"\nstage = \"{stage}\"\ndomains = [{{ name = \"{stage}.example\" }}]");
            Arc::new(Api::new(&toml::from_str(&text).unwrap(), "eu-west-1", &HashMap::new(), &HashMap::new()))
        };
        Apis::new(ids.iter().map(api).collect())
    }

    fn found(apis: &Apis, host: &str, path: &str) -> Vec<String> {
        apis.at(host, path).iter().map(|place| format!("{} {}", place.api.id, place.domain_name)).collect()
    }

    #[test]
    fn urls_mean_apis_as_on_aws_and_more() {
        let apis = apis(&[("one", "prod"), ("two", "dev"), ("localhost:8443/aws", "trick")]);
        let one = "one one.execute-api.eu-west-1.amazonaws.com";
        assert_eq!(found(&apis, "one.execute-api.eu-west-1.amazonaws.com", "/prod"), [one]);
        assert_eq!(found(&apis, "127.0.0.1:9000", "/prod/"), [one]);
        assert_eq!(found(&apis, "dev.example:8443", "/"), ["two dev.example:8443"]);
        assert_eq!(found(&apis, "dev.example", "/dev"), ["two two.execute-api.eu-west-1.amazonaws.com"]);
        assert_eq!(
            found(&apis, "localhost:8443", "/aws.execute-api.eu-west-1.amazonaws.com/trick"),
            ["localhost:8443/aws localhost:8443/aws.execute-api.eu-west-1.amazonaws.com"]
        );
        assert!(found(&apis, "127.0.0.1", "/other").is_empty());
        assert!(found(&apis, "127.0.0.1", "").is_empty());
    }

    #[test]
    fn where_stages_have_one_name_the_id_decides() {
        let apis = apis(&[("one", "prod"), ("two", "prod")]);
        assert_eq!(found(&apis, "two.execute-api.eu-west-1.amazonaws.com", "/prod").len(), 1);
        assert_eq!(found(&apis, "127.0.0.1", "/two/prod").len(), 1);
        assert_eq!(found(&apis, "127.0.0.1", "/prod").len(), 2);
    }
}
