#include "checks/disk/mount_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "checks/proc/text.h"
#include "monitor/utf8.h"

namespace hale::checks {
namespace {

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::size_t end = options.find(',');
    if (options.substr(0, end) == wanted) {
      return true;
    }
    options.remove_prefix(end == std::string_view::npos ? options.size() : end + 1);
  }
  return false;
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

void append_octal(std::string& out, unsigned char byte) {
  out += '\\';
  out += static_cast<char>('0' + (byte >> 6U));
  out += static_cast<char>('0' + ((byte >> 3U) & 7U));
  out += static_cast<char>('0' + (byte & 7U));
}

// 36 35 98:0 /root /point rw,noatime [optional fields...] - type source super_options
bool parse_line(std::string_view line, Mount& mount) {
  const std::string_view id = next_word(line);
  const std::string_view parent = next_word(line);
  const std::string_view device = next_word(line);
  const std::string_view root = next_word(line);
  const std::string_view point = next_word(line);
  const std::string_view options = next_word(line);
  std::string_view field = next_word(line);
  while (!field.empty() && field != "-") {
    field = next_word(line);
  }
  const std::string_view type = next_word(line);
  // The source may be the empty string, written as nothing: then one word is left, not two.
  const std::string_view first = next_word(line);
  const std::string_view second = next_word(line);
  const std::string_view super_options = second.empty() ? first : second;
  if (!to_number<int>(id) || !to_number<int>(parent) || !device.contains(':') || options.empty() ||
      !point.starts_with('/') || field != "-" || super_options.empty()) {
    return false;
  }
  mount.device = device;
  mount.root = unescape_octal(root);
  mount.point = unescape_octal(point);
  mount.type = unescape_octal(type);
  mount.read_only = has_option(super_options, "ro");
  return true;
}

}  // namespace

std::expected<std::vector<Mount>, std::string> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) {
      continue;
    }
    Mount mount;
    if (!parse_line(line, mount)) {
      return std::unexpected(std::string(line));
    }
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::set<std::string> writable_in_fstab(std::string_view text) {
  std::set<std::string> points;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view source = next_word(line);
    const std::string_view point = next_word(line);
    next_word(line);  // the type
    const std::string_view options = next_word(line);
    if (!source.starts_with('#') && point.starts_with('/') && !has_option(options, "ro")) {
      points.insert(unescape_octal(point));
    }
  }
  return points;
}

std::string unescape_octal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' && is_octal(text[i + 1]) &&
        is_octal(text[i + 2]) && is_octal(text[i + 3])) {
      const int byte = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(byte);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string printable(std::string_view point) {
  std::string out;
  while (!point.empty()) {
    const std::size_t length = monitor::utf8_length(point);
    const auto byte = static_cast<unsigned char>(point.front());
    if (length == 0 || byte < ' ' || byte == 0x7F || byte == '\\') {
      append_octal(out, byte);
      point.remove_prefix(1);
    } else {
      out += point.substr(0, length);
      point.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace hale::checks
