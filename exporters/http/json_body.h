// The JSON body of a POST, taken apart key by key. Pure. Whatever is wrong comes back as a 400
// whose message names the key; Poco's exceptions end here.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/JSON/Object.h>

#include "exporters/http/message.h"

namespace hale::exporters {

ApiError bad_request(std::string message);

class JsonObject {
 public:
  // The body as one object, or as a list of at most `most` of them, with no other keys than the
  // known ones. An empty body is an empty object, and no list.
  static Result<JsonObject> parse(std::string_view body, std::span<const std::string_view> known);
  static Result<std::vector<JsonObject>> parse_list(std::string_view body,
                                                    std::span<const std::string_view> known,
                                                    std::size_t most);

  bool has(const std::string& key) const { return object_->has(key); }

  // What a key that is left out stands for: "" or nothing. Null is a value of no type.
  Result<std::string> text(const std::string& key, std::size_t max_size) const;  // one clean line
  Result<std::string> any_text(const std::string& key) const;  // with whatever is in it
  Result<std::optional<double>> number(const std::string& key, double minimum,
                                       double maximum) const;
  Result<std::optional<bool>> boolean(const std::string& key) const;
  // A table of lines with names of the sender's choosing.
  Result<std::map<std::string, std::string>> text_map(const std::string& key, std::size_t most,
                                                      std::size_t max_size) const;

  // What is wrong with it, said with its place in a list: `[2]: "reason" is ...`.
  ApiError wrong(const std::string& what) const { return bad_request(where_ + what); }

 private:
  JsonObject(Poco::JSON::Object::Ptr object, std::string where)
      : object_(std::move(object)), where_(std::move(where)) {}

  static Result<JsonObject> checked(Poco::JSON::Object::Ptr object, std::string where,
                                    std::span<const std::string_view> known);

  Poco::JSON::Object::Ptr object_;
  std::string where_;  // empty, or "[2]: "
};

// Nothing, or an empty object.
Result<void> expect_empty_body(std::string_view body);

}  // namespace hale::exporters
