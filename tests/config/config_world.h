// A folder of configuration files with an environment of its own, for tests of loading.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/config.h"
#include "config/slo_settings.h"
#include "tests/config/fake_types.h"
#include "tests/support/probe_folder.h"

namespace hale::config {

class ConfigWorld {
 public:
  ConfigWorld() {
    options.registry = &fake_registry();
    options.host_name = "testhost";
    options.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
  }

  // Writes the file that load() reads.
  void write(const std::string& text) { options.file = files.write("hale.toml", text); }

  Config must_load(const std::string& text) {
    write(text);
    return must_load();
  }

  Config must_load() {
    auto config = load(options);
    EXPECT_TRUE(config.has_value()) << testing::PrintToString(texts(config));
    return config ? std::move(*config) : Config{};
  }

  // What is wrong with a text, each as `LINE:COLUMN: WHERE: MESSAGE`; empty: nothing.
  std::vector<std::string> problems(const std::string& text) {
    write(text);
    return problems();
  }

  std::vector<std::string> problems() { return texts(load(options)); }

  test::ProbeFolder files;
  std::map<std::string, std::string, std::less<>> environment;
  LoadOptions options;

 private:
  // The folder has another name at every run.
  std::vector<std::string> texts(const std::expected<Config, std::vector<Problem>>& config) {
    std::vector<std::string> lines;
    const std::string folder = files.path().string() + "/";
    for (const Problem& problem : config ? std::vector<Problem>{} : config.error()) {
      std::string line = problem.to_string();
      for (std::size_t at = line.find(folder); at != line.npos; at = line.find(folder)) {
        line.erase(at, folder.size());
      }
      lines.push_back(line.starts_with("hale.toml:") ? line.substr(10) : line);
    }
    return lines;
  }
};

// The settings of a check that must be there.
inline const monitor::ConfiguredCheck& check_of(const Config& config, std::string_view name) {
  for (const monitor::ConfiguredCheck& check : config.checks) {
    if (check.settings->name == name) {
      return check;
    }
  }
  ADD_FAILURE() << "no check " << name;
  static const monitor::ConfiguredCheck kNone = {
      .settings = std::make_shared<const monitor::CheckSettings>(),
      .parameters = {},
      .check = nullptr};
  return kNone;
}

inline const monitor::CheckSettings& settings_of(const Config& config, std::string_view name) {
  return *check_of(config, name).settings;
}

inline const monitor::Parameters& parameters_of(const Config& config, std::string_view name) {
  return check_of(config, name).parameters;
}

inline std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  names.reserve(config.checks.size());
  for (const monitor::ConfiguredCheck& check : config.checks) {
    names.push_back(check.settings->name);
  }
  return names;
}

// Each limit as `warn free < 10%`.
inline std::vector<std::string> texts_of(const std::vector<monitor::Limit>& limits) {
  std::vector<std::string> texts;
  texts.reserve(limits.size());
  for (const monitor::Limit& limit : limits) {
    texts.push_back(std::string(monitor::to_string(limit.severity)) + " " +
                    std::string(limit.measurement->name) + " " + to_text(limit));
  }
  return texts;
}

// Secrets are not printed, so they are not the same.
inline void expect_same(const monitor::Parameters& a, const monitor::Parameters& b) {
  using Tables = std::vector<monitor::Parameters>;
  EXPECT_EQ(a.all().size(), b.all().size());
  for (const auto& [key, value] : a.all()) {
    SCOPED_TRACE(key);
    const monitor::ParameterValue* other = b.find(key);
    ASSERT_NE(other, nullptr);
    if (const auto* const tables = std::get_if<Tables>(&value)) {
      const auto* const others = std::get_if<Tables>(other);
      ASSERT_TRUE(others != nullptr && others->size() == tables->size());
      for (std::size_t i = 0; i < tables->size(); ++i) {
        expect_same((*tables)[i], (*others)[i]);
      }
    } else if (!std::holds_alternative<monitor::Secret>(value)) {
      EXPECT_TRUE(value == *other);
    }
  }
}

inline void expect_same(const Config& a, const Config& b) {
  EXPECT_EQ(a.agent.name, b.agent.name);
  EXPECT_EQ(a.agent.labels, b.agent.labels);
  EXPECT_EQ(a.agent.profile, b.agent.profile);
  EXPECT_EQ(a.listen, b.listen);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t i = 0; i < a.groups.size(); ++i) {
    EXPECT_EQ(a.groups[i].name, b.groups[i].name);
    EXPECT_EQ(a.groups[i].title, b.groups[i].title);
    EXPECT_EQ(a.groups[i].order, b.groups[i].order);
    EXPECT_EQ(a.groups[i].labels, b.groups[i].labels);
  }
  ASSERT_EQ(names_of(a), names_of(b));
  for (std::size_t i = 0; i < a.checks.size(); ++i) {
    const monitor::CheckSettings& x = *a.checks[i].settings;
    const monitor::CheckSettings& y = *b.checks[i].settings;
    SCOPED_TRACE(x.name);
    EXPECT_EQ(x.type, y.type);
    EXPECT_EQ(x.critical, y.critical);
    EXPECT_EQ(x.severity, y.severity);
    EXPECT_EQ(x.runbook, y.runbook);
    EXPECT_EQ(x.description, y.description);
    EXPECT_EQ(x.group, y.group);
    EXPECT_EQ(x.target, y.target);
    EXPECT_EQ(x.labels, y.labels);
    EXPECT_EQ(slo_to_text(x.slo.get()), slo_to_text(y.slo.get()));
    EXPECT_EQ(x.interval, y.interval);
    EXPECT_EQ(x.interval_unhealthy, y.interval_unhealthy);
    EXPECT_EQ(x.timeout, y.timeout);
    EXPECT_EQ(x.stale_after, y.stale_after);
    EXPECT_EQ(x.fall, y.fall);
    EXPECT_EQ(x.rise, y.rise);
    EXPECT_EQ(x.max_unknown, y.max_unknown);
    EXPECT_EQ(x.limits.check, y.limits.check);
    EXPECT_EQ(x.limits.items, y.limits.items);
    expect_same(a.checks[i].parameters, b.checks[i].parameters);
  }
}

}  // namespace hale::config
