// Values of the tree, converted to what their keys need. Everything that is wrong becomes a problem
// at the value's place; the caller gets nothing and goes on with what it has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"
#include "config/expansion.h"
#include "config/keys.h"
#include "config/problems.h"
#include "config/values.h"
#include "monitor/check_result.h"
#include "monitor/parameters.h"

namespace hale::config {

class Reader {
 public:
  Reader(Environment environment, std::filesystem::path credentials, Problems& problems)
      : environment_(std::move(environment)),
        credentials_(std::move(credentials)),
        problems_(problems) {}

  // For tables that are not in use (a disabled check, a template): what this host lacks, variables
  // and secret files, is not a problem there. What is written wrongly still is.
  void set_in_use(bool in_use) { in_use_ = in_use; }
  bool in_use() const { return in_use_; }

  void set_own_listener(const asio::ip::tcp::endpoint& endpoint) {
    environment_.own_listener = endpoint;
  }

  // Whether, since the last call, a value was left out because it needs the port of the agent's own
  // listener, which the kernel has yet to choose, or which there is none of.
  bool take_deferred() { return std::exchange(deferred_, false); }

  std::optional<bool> boolean(const Node& node);
  std::optional<std::int64_t> integer(const Node& node, std::optional<std::int64_t> minimum,
                                      std::optional<std::int64_t> maximum);
  std::optional<monitor::Duration> duration(const Node& node, monitor::Duration shortest,
                                            monitor::Duration longest);
  std::optional<std::int64_t> size(const Node& node, std::optional<std::int64_t> minimum,
                                   std::optional<std::int64_t> maximum);
  std::optional<std::string> text(const Node& node);
  // Absolute; a relative one begins in the folder of the file that names it. Empty stays empty.
  std::optional<std::string> path(const Node& node);
  std::optional<std::vector<std::string>> list(const Node& node);
  std::optional<monitor::Threshold> threshold(const Node& node);
  std::optional<std::size_t> choice(const Node& node, std::span<const std::string_view> words);
  std::optional<monitor::Secret> secret(const Node& node);
  // Text that is a secret if it comes from a file or if something was substituted in it.
  std::optional<monitor::Text> maybe_secret(const Node& node);
  std::optional<monitor::TextList> secret_list(const Node& node);
  std::optional<LimitValue> limit(const Node& node,
                                  const monitor::MeasurementDescriptor& measurement,
                                  monitor::Result severity);

  Problems& problems() { return problems_; }

 private:
  // The text of a string, with what `${}` stands for.
  std::optional<Expanded> expanded(const Node& node);
  // False, with a problem that ends with `otherwise`, where the value is none of text.
  bool is_text(const Node& node, std::string_view otherwise);
  void reject(const Node& node, const Expanded& expanded, const std::string& what);
  std::optional<std::string> secret_file(const Node& table, const Node& name);

  Environment environment_;
  std::filesystem::path credentials_;
  Problems& problems_;
  bool in_use_ = true;
  bool deferred_ = false;
  std::map<std::filesystem::path, Parsed<std::string>> secret_files_;
};

}  // namespace hale::config
