// Pictures of hosts that there are not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checks/builtin_checks.h"
#include "discovery/picture.h"
#include "discovery/recognise.h"
#include "monitor/check_registry.h"

namespace hale::discovery {

inline const monitor::CheckRegistry& all_types() {
  static const monitor::CheckRegistry kRegistry = [] {
    monitor::CheckRegistry registry;
    checks::register_builtin_checks(registry);
    return registry;
  }();
  return kRegistry;
}

inline Endpoint made_endpoint(std::uint16_t port, const std::string& program,
                              const std::string& unit, std::vector<std::string> addresses) {
  Endpoint endpoint;
  endpoint.port = port;
  for (const std::string& address : addresses) {
    endpoint.addresses.push_back(asio::ip::make_address(address));
  }
  endpoint.program = {.name = program, .file = program, .command = {program}};
  endpoint.unit = unit;
  return endpoint;
}

// As if the trial had passed that says this; the first one where nothing is said.
inline Endpoint answering(Endpoint endpoint, const std::string& saw = "",
                          std::optional<int> status = std::nullopt) {
  const KnownService* service = recognise(endpoint.program, endpoint.unit).service;
  endpoint.answer.asked = true;
  for (const Trial& trial : trials_of(endpoint, service)) {
    if (!endpoint.answer.passed && (saw.empty() || trial.saw.contains(saw))) {
      endpoint.answer.passed = trial;
    }
  }
  if (endpoint.answer.passed && endpoint.answer.passed->settled) {
    endpoint.answer.passed->keys = *endpoint.answer.passed->settled;
  }
  endpoint.answer.status = status;
  if (status) {
    monitor::Parameters expect;
    expect.set("status", std::to_string(*status));
    endpoint.answer.passed->keys.set("expect", std::vector{std::move(expect)});
  }
  return endpoint;
}

inline void add_unit(Picture& picture, const std::string& name, const std::string& file_state,
                     const std::string& active_state = "active") {
  checks::Unit unit;
  unit.name = name;
  unit.load_state = "loaded";
  unit.active_state = active_state;
  unit.sub_state = "running";
  unit.file_state = file_state;
  if (name.ends_with(".service")) {
    unit.service.emplace();
    unit.service->result = active_state == "failed" ? "exit-code" : "success";
  }
  if (!picture.units) {
    picture.units.emplace();
  }
  picture.units->insert_or_assign(name, std::move(unit));
}

// A host with a bit of everything.
inline Picture made_picture() {
  Picture picture;
  picture.now = monitor::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
  add_unit(picture, "nginx.service", "enabled");
  add_unit(picture, "postgresql@15-main.service", "enabled-runtime");
  add_unit(picture, "redis-server.service", "disabled");
  add_unit(picture, "ssh.socket", "enabled");
  add_unit(picture, "ssh.service", "disabled", "inactive");
  picture.units->at("ssh.socket").sub_state = "listening";
  add_unit(picture, "billing.service", "enabled");
  add_unit(picture, "backup.timer", "enabled");
  add_unit(picture, "backup.service", "static", "failed");
  add_unit(picture, "hale.service", "enabled");
  add_unit(picture, "containerd.service", "enabled");

  auto& endpoints = picture.endpoints;
  endpoints.push_back(
      answering(made_endpoint(80, "nginx", "nginx.service", {"0.0.0.0", "::"}), "GET /", 200));
  Endpoint secure =
      answering(made_endpoint(443, "nginx", "nginx.service", {"0.0.0.0"}), "GET /", 301);
  secure.answer.certificate_until = picture.now + std::chrono::hours(24 * 10);
  endpoints.push_back(secure);
  endpoints.push_back(answering(
      made_endpoint(5432, "postgres", "postgresql@15-main.service", {"127.0.0.1", "::1"})));
  endpoints.push_back(
      answering(made_endpoint(6379, "redis-server", "redis-server.service", {"0.0.0.0"}), "+PONG"));
  endpoints.push_back(made_endpoint(22, "systemd", "ssh.socket", {"::"}));
  Endpoint billing = made_endpoint(7000, "billing", "billing.service", {"10.0.0.5"});
  billing.program.command = {"/opt/billing", "--password=hunter2"};
  endpoints.push_back(answering(billing, "a connection"));
  endpoints.push_back(answering(made_endpoint(9100, "node_exporter", "", {"::"}), "/metrics", 200));
  endpoints.back().unit = "session-3.scope";
  endpoints.push_back(
      answering(made_endpoint(8000, "python3", "session-3.scope", {"127.0.0.1"}), "GET /", 200));
  endpoints.push_back(made_endpoint(4253, "hale", "hale.service", {"127.0.0.1"}));
  endpoints.push_back(
      answering(made_endpoint(41217, "containerd", "containerd.service", {"127.0.0.1"})));
  Endpoint vllm = made_endpoint(8001, "python3", "docker-0123456789abcdef.scope", {"0.0.0.0"});
  vllm.program.command = {"python3", "-m", "vllm.entrypoints.openai.api_server"};
  vllm.container = "0123456789abcdef";
  endpoints.push_back(answering(vllm, "/health", 200));
  Endpoint ntp = made_endpoint(323, "chronyd", "", {"127.0.0.1"});
  ntp.protocol = checks::SocketProtocol::kUdp;
  endpoints.push_back(ntp);

  picture.programs = {"chronyd", "nginx", "postgres", "redis-server"};
  picture.network_mounts = {"/mnt/archive"};
  picture.gpus = {{.vendor = "NVIDIA", .place = "0000:65:00.0"}};
  picture.chips = {"coretemp", "nvme"};
  monitor::Finding conflict;
  conflict.kind = "port_held";
  conflict.key = "nelson-dashboard.service";
  conflict.severity = monitor::Severity::kPage;
  conflict.message =
      "nelson-dashboard.service cannot start: port 9100 is held by athena-dashboard.service (pid "
      "812) since 10:02; 46 restarts in 10 minutes";
  conflict.evidence = {"its journal: bind: address already in use"};
  picture.findings = {conflict};
  picture.unseen = {{.what = "who holds some of the listeners", .why = "not permitted"}};
  return picture;
}

}  // namespace hale::discovery
