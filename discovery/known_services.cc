#include "discovery/known_services.h"

#include <algorithm>
#include <array>

namespace hale::discovery {
namespace {

constexpr std::array<FieldFacts, kFieldCount> kFields = {{
    {"web", "Web"},
    {"databases", "Databases"},
    {"caches", "Caches"},
    {"queues", "Queues"},
    {"inference", "Inference"},
    {"base", "Base services"},
    {"monitoring", "Monitoring"},
    {"other", "Other listeners"},
}};

// Why a service is critical, or not. Written beside each check, for somebody to agree or not.
constexpr std::string_view kServes = "what this host is there for is served by it";
constexpr std::string_view kKeepsData = "others keep their data in it and stop without it";
constexpr std::string_view kSpeedsUp =
    "a cache should be something that its users can do without; say critical = true if yours "
    "cannot";
constexpr std::string_view kCarries = "what others send each other stops without it";
constexpr std::string_view kInfers = "applications wait for what it generates";
constexpr std::string_view kOnlyMeasures = "it only measures; what it measures goes on without it";
constexpr std::string_view kOnlyShows = "it only shows; what it shows goes on without it";
constexpr std::string_view kLetsIn = "people get in by it; the work goes on without it";
constexpr std::string_view kNames = "whoever asks it for names finds nobody without it";
constexpr std::string_view kMails = "mail waits for it and is sent later";
constexpr std::string_view kRuns = "what it has started goes on for a while without it";

Approach http(std::string_view path = "/") {
  return {.talk = Talk::kHttp, .path = path};
}
Approach connect() {
  return {};
}
Approach says(std::string_view send, std::vector<KnownReply> replies) {
  return {.talk = Talk::kDialogue, .send = send, .replies = std::move(replies)};
}
Approach start_tls(std::string_view protocol) {
  return {.talk = Talk::kStartTls, .path = protocol};
}

KnownService web(std::string_view id, std::string_view title,
                 std::vector<std::string_view> programs) {
  KnownService service;
  service.id = id;
  service.title = title;
  service.field = Field::kWeb;
  service.programs = std::move(programs);
  service.usual = http();
  service.critical = true;
  service.why = kServes;
  return service;
}

std::vector<KnownService> web_servers() {
  std::vector<KnownService> all = {
      web("nginx", "nginx", {"nginx"}),
      web("apache", "Apache", {"apache2", "httpd"}),
      web("caddy", "Caddy", {"caddy"}),
      web("haproxy", "HAProxy", {"haproxy"}),
      web("traefik", "Traefik", {"traefik"}),
      web("envoy", "Envoy", {"envoy"}),
      web("lighttpd", "lighttpd", {"lighttpd"}),
      web("varnish", "Varnish", {"varnishd", "cache-main"}),
      web("gunicorn", "Gunicorn", {"gunicorn*"}),
      web("uvicorn", "Uvicorn", {"uvicorn"}),
      web("puma", "Puma", {"puma*"}),
      web("tomcat", "Tomcat", {}),
      web("jenkins", "Jenkins", {}),
      web("minio", "MinIO", {"minio"}),
  };
  for (KnownService& service : all) {
    if (service.id == "gunicorn" || service.id == "uvicorn") {
      service.arguments = {service.id};
    } else if (service.id == "tomcat") {
      service.arguments = {"org.apache.catalina"};
      service.units = {"tomcat*.service"};
    } else if (service.id == "jenkins") {
      service.arguments = {"jenkins.war"};
      service.usual = http("/login");
    } else if (service.id == "minio") {
      service.usual = http("/minio/health/live");
    } else if (service.id == "envoy") {
      service.ports = {{9901, http("/ready")}};
    }
  }
  return all;
}

std::vector<KnownService> databases() {
  const std::vector<KnownReply> mysql_greets = {{"_password|MariaDB", "with its greeting"}};
  return {
      {.id = "postgresql",
       .title = "PostgreSQL",
       .field = Field::kDatabase,
       .programs = {"postgres", "postmaster"},
       .usual = start_tls("postgres"),
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "pgbouncer",
       .title = "PgBouncer",
       .field = Field::kDatabase,
       .programs = {"pgbouncer"},
       .usual = start_tls("postgres"),
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "mysql",
       .title = "MySQL or MariaDB",
       .field = Field::kDatabase,
       .programs = {"mysqld", "mariadbd"},
       .usual = says("", mysql_greets),
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "mongodb",
       .title = "MongoDB",
       .field = Field::kDatabase,
       .programs = {"mongod", "mongos"},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "clickhouse",
       .title = "ClickHouse",
       .field = Field::kDatabase,
       .programs = {"clickhouse", "clickhouse-server", "clickhouse-serv"},
       .ports = {{8123, http("/ping")}, {8443, http("/ping")}, {9363, http("/metrics")}},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "influxdb",
       .title = "InfluxDB",
       .field = Field::kDatabase,
       .programs = {"influxd", "influxdb3"},
       .ports = {{8086, http("/health")}, {8181, http("/health")}},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "elasticsearch",
       .title = "Elasticsearch or OpenSearch",
       .field = Field::kDatabase,
       .programs = {},
       .arguments = {"org.elasticsearch", "org.opensearch"},
       .units = {"elasticsearch*.service", "opensearch*.service"},
       .ports = {{9200, http()}},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "cassandra",
       .title = "Cassandra",
       .field = Field::kDatabase,
       .programs = {},
       .arguments = {"org.apache.cassandra"},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "couchdb",
       .title = "CouchDB",
       .field = Field::kDatabase,
       .programs = {},
       .arguments = {"couchdb"},
       .units = {"couchdb.service"},
       .ports = {{5984, http("/_up")}},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "etcd",
       .title = "etcd",
       .field = Field::kDatabase,
       .programs = {"etcd"},
       .ports = {{2379, http("/health")}, {2381, http("/health")}},
       .critical = true,
       .why = kKeepsData,
       .internal = true},
      {.id = "victoria-metrics",
       .title = "VictoriaMetrics",
       .field = Field::kMonitoring,
       .programs = {"victoria-metrics*", "victoria-metric"},
       .usual = http("/health"),
       .why = kOnlyShows},
  };
}

std::vector<KnownService> caches_and_queues() {
  const Approach ping = says("PING\r\n", {{"^\\+PONG", "+PONG to PING"},
                                          {"^-NOAUTH", "-NOAUTH to PING: it wants a password"}});
  const Approach nats = says("", {{"^INFO \\{", "with its greeting"}});
  return {
      {.id = "redis",
       .title = "Redis",
       .field = Field::kCache,
       .programs = {"redis-server", "redis-sentinel", "keydb-server"},
       .usual = ping,
       .why = kSpeedsUp,
       .internal = true},
      {.id = "valkey",
       .title = "Valkey",
       .field = Field::kCache,
       .programs = {"valkey-server", "valkey-sentinel"},
       .usual = ping,
       .why = kSpeedsUp,
       .internal = true},
      {.id = "memcached",
       .title = "memcached",
       .field = Field::kCache,
       .programs = {"memcached"},
       .usual = says("version\r\n", {{"^VERSION ", "VERSION to version"}}),
       .why = kSpeedsUp,
       .internal = true},
      {.id = "rabbitmq",
       .title = "RabbitMQ",
       .field = Field::kQueue,
       .programs = {},
       .arguments = {"rabbit"},
       .units = {"rabbitmq-server.service"},
       .ports = {{15672, http()}, {15692, http("/metrics")}},
       .critical = true,
       .why = kCarries},
      {.id = "epmd",
       .title = "Erlang's port mapper",
       .field = Field::kBase,
       .programs = {"epmd"},
       .why = "nodes that know each other already go on without it"},
      {.id = "kafka",
       .title = "Kafka",
       .field = Field::kQueue,
       .programs = {},
       .arguments = {"kafka.Kafka"},
       .units = {"kafka*.service"},
       .critical = true,
       .why = kCarries},
      {.id = "zookeeper",
       .title = "ZooKeeper",
       .field = Field::kQueue,
       .programs = {},
       .arguments = {"org.apache.zookeeper"},
       .units = {"zookeeper*.service"},
       .critical = true,
       .why = kCarries},
      {.id = "nats",
       .title = "NATS",
       .field = Field::kQueue,
       .programs = {"nats-server", "gnatsd"},
       .usual = nats,
       .ports = {{8222, http("/healthz")}, {6222, connect()}},
       .critical = true,
       .why = kCarries},
      {.id = "mosquitto",
       .title = "Mosquitto",
       .field = Field::kQueue,
       .programs = {"mosquitto"},
       .critical = true,
       .why = kCarries},
  };
}

KnownService inference(std::string_view id, std::string_view title,
                       std::vector<std::string_view> programs,
                       std::vector<std::string_view> arguments, std::string_view path) {
  KnownService service;
  service.id = id;
  service.title = title;
  service.field = Field::kInference;
  service.programs = std::move(programs);
  service.arguments = std::move(arguments);
  service.usual = http(path);
  service.critical = true;
  service.why = kInfers;
  service.internal = true;
  return service;
}

// None of these paths generates anything, or loads a model.
std::vector<KnownService> inference_servers() {
  KnownService triton = inference("triton", "Triton", {"tritonserver"}, {}, "/v2/health/ready");
  triton.ports = {{8001, connect()}, {8002, http("/metrics")}};
  return {
      inference("vllm", "vLLM", {"vllm", "VLLM::*"}, {"vllm"}, "/health"),
      inference("sglang", "SGLang", {"sglang*"}, {"sglang"}, "/health"),
      inference("ollama", "Ollama", {"ollama"}, {}, "/api/version"),
      inference("llama-server", "llama.cpp", {"llama-server"}, {}, "/health"),
      inference("text-generation", "Text Generation Inference", {"text-generation*"},
                {"text_generation_server"}, "/health"),
      std::move(triton),
  };
}

std::vector<KnownService> base_services() {
  const Approach dns = {.talk = Talk::kDns};
  const Approach smtp = {.talk = Talk::kSmtp};
  const auto name_server = [&dns](std::string_view id, std::string_view title,
                                  std::vector<std::string_view> programs) {
    return KnownService{.id = id,
                        .title = title,
                        .field = Field::kBase,
                        .programs = std::move(programs),
                        .usual = connect(),
                        .ports = {{53, dns}},
                        .critical = true,
                        .why = kNames};
  };
  const auto mail_server = [&smtp](std::string_view id, std::string_view title,
                                   std::vector<std::string_view> programs,
                                   std::vector<std::string_view> units) {
    return KnownService{.id = id,
                        .title = title,
                        .field = Field::kBase,
                        .programs = std::move(programs),
                        .units = std::move(units),
                        .usual = smtp,
                        .why = kMails};
  };
  return {
      {.id = "sshd",
       .title = "OpenSSH",
       .field = Field::kBase,
       .programs = {"sshd"},
       .units = {"ssh.service", "ssh.socket", "sshd.service", "sshd.socket"},
       .usual = says("", {{"^SSH-2\\.0-", "SSH-2.0"}}),
       .why = kLetsIn},
      name_server("bind", "BIND", {"named"}),
      name_server("unbound", "Unbound", {"unbound"}),
      name_server("dnsmasq", "dnsmasq", {"dnsmasq"}),
      name_server("nsd", "NSD", {"nsd"}),
      name_server("knot", "Knot DNS", {"knotd", "kresd"}),
      name_server("powerdns", "PowerDNS", {"pdns_server", "pdns_recursor"}),
      name_server("coredns", "CoreDNS", {"coredns"}),
      name_server("resolved", "systemd-resolved", {"systemd-resolve", "systemd-resolved"}),
      mail_server("postfix", "Postfix", {}, {"postfix.service", "postfix@*.service"}),
      mail_server("exim", "Exim", {"exim4", "exim"}, {}),
      mail_server("opensmtpd", "OpenSMTPD", {"smtpd"}, {}),
      {.id = "dovecot",
       .title = "Dovecot",
       .field = Field::kBase,
       .programs = {"dovecot", "imap-login", "pop3-login"},
       .ports = {{143, says("", {{"^\\* OK", "with its greeting"}})},
                 {110, says("", {{"^\\+OK", "with its greeting"}})}},
       .why = "mail waits until it is back"},
      {.id = "docker",
       .title = "Docker",
       .field = Field::kBase,
       .programs = {"dockerd", "docker-proxy", "containerd"},
       .usual = {.talk = Talk::kHint},
       .ports = {{2375, http("/_ping")}, {2376, http("/_ping")}},
       .why = kRuns},
      {.id = "kubelet",
       .title = "kubelet",
       .field = Field::kBase,
       .programs = {"kubelet"},
       .ports = {{10248, http("/healthz")}},
       .critical = true,
       .why = "this host gets no work without it"},
      {.id = "ntp",
       .title = "NTP",
       .field = Field::kBase,
       .programs = {"chronyd", "ntpd", "systemd-timesyn", "systemd-timesyncd"},
       .why = "a clock drifts for days before it hurts"},
      {.id = "rpcbind",
       .title = "rpcbind",
       .field = Field::kBase,
       .programs = {"rpcbind"},
       .units = {"rpcbind.service", "rpcbind.socket"},
       .why = "NFS before version 4 finds nobody without it"},
  };
}

std::vector<KnownService> monitoring() {
  const auto shows = [](std::string_view id, std::string_view title,
                        std::vector<std::string_view> programs, std::string_view path) {
    return KnownService{.id = id,
                        .title = title,
                        .field = Field::kMonitoring,
                        .programs = std::move(programs),
                        .usual = http(path),
                        .why = kOnlyShows};
  };
  KnownService exporter =
      shows("exporter", "An exporter", {"*_exporter", "*-exporter", "prometheus-node", "cadvisor"},
            "/metrics");
  exporter.units = {"*_exporter.service", "*-exporter.service"};
  exporter.why = kOnlyMeasures;
  return {
      std::move(exporter),
      shows("prometheus", "Prometheus", {"prometheus"}, "/-/healthy"),
      shows("alertmanager", "Alertmanager", {"alertmanager", "prometheus-alert"}, "/-/healthy"),
      shows("pushgateway", "Pushgateway", {"pushgateway", "prometheus-push"}, "/-/healthy"),
      shows("grafana", "Grafana", {"grafana", "grafana-server"}, "/api/health"),
      shows("loki", "Loki", {"loki"}, "/ready"),
      shows("netdata", "Netdata", {"netdata"}, "/api/v1/info"),
  };
}

std::vector<KnownService> all_services() {
  std::vector<KnownService> all;
  for (auto* make : {&web_servers, &databases, &caches_and_queues, &inference_servers,
                     &base_services, &monitoring}) {
    for (KnownService& service : make()) {
      all.push_back(std::move(service));
    }
  }
  return all;
}

}  // namespace

const FieldFacts& facts_of(Field field) {
  return kFields.at(static_cast<std::size_t>(field));
}

std::span<const KnownService> known_services() {
  static const std::vector<KnownService> kServices = all_services();
  return kServices;
}

bool suggests_http(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 13> kPorts = {80,   81,   3000, 5000, 8000, 8008, 8080,
                                                    8081, 8088, 8090, 8888, 9000, 9090};
  return std::ranges::find(kPorts, port) != kPorts.end();
}

bool suggests_tls(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 14> kPorts = {443,  465,  636,  853,  990,  993,  995,
                                                    2376, 5671, 6443, 8443, 8883, 9443, 10250};
  return std::ranges::find(kPorts, port) != kPorts.end();
}

}  // namespace hale::discovery
