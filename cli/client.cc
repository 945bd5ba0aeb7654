#include "cli/client.h"

#include <istream>
#include <memory>
#include <sstream>
#include <utility>
#include <variant>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

#include "monitor/listen_address.h"

namespace hale::cli {
namespace {

// More than any answer of a daemon with a hundred thousand checks.
constexpr std::size_t kMaxBody = std::size_t{256} << 20U;

std::string read_bounded(std::istream& stream) {
  std::string body;
  char chunk[16384];
  while (stream.read(chunk, sizeof chunk) || stream.gcount() > 0) {
    body.append(chunk, static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kMaxBody) {
      throw Poco::DataException("the answer does not end");
    }
  }
  return body;
}

// None: `url` is no URL of a daemon. Throws Poco's exceptions where nobody listens on a Unix
// socket; a TCP session connects with its first request.
std::unique_ptr<Poco::Net::HTTPClientSession> connect(const std::string& url,
                                                      const Poco::Timespan& limit) {
  if (const auto address = monitor::parse_listen_address(url);
      address && std::holds_alternative<monitor::UnixPath>(*address)) {
    Poco::Net::StreamSocket socket;
    socket.connect(Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL,
                                            std::get<monitor::UnixPath>(*address).path),
                   limit);
    return std::make_unique<Poco::Net::HTTPClientSession>(socket);
  }
  const Poco::URI uri(url);
  if (uri.getScheme() != "http" || uri.getHost().empty()) {
    return nullptr;
  }
  return std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
}

}  // namespace

std::expected<std::string, ClientError> Client::get(const std::string& path) const {
  auto answer = exchange("GET", path, "", kTimeout);
  if (!answer) {
    return std::unexpected(std::move(answer.error()));
  }
  if (answer->status != 200) {
    return std::unexpected(refusal(*answer));
  }
  return std::move(answer->body);
}

std::expected<std::string, ClientError> Client::get_health(const std::string& path) const {
  auto answer = exchange("GET", path, "", kTimeout);
  if (!answer) {
    return std::unexpected(std::move(answer.error()));
  }
  if (answer->status != 200 && answer->status != 503) {
    return std::unexpected(refusal(*answer));
  }
  return std::move(answer->body);
}

std::expected<Poco::JSON::Object::Ptr, ClientError> Client::get_json(
    const std::string& path) const {
  auto body = get(path);
  if (!body) {
    return std::unexpected(std::move(body.error()));
  }
  return parse_object(*body);
}

std::expected<Poco::JSON::Object::Ptr, ClientError> Client::post(
    const std::string& path, const std::string& body, std::chrono::seconds timeout) const {
  auto answer = exchange("POST", path, body, timeout);
  if (!answer) {
    return std::unexpected(std::move(answer.error()));
  }
  if (answer->status != 200) {
    return std::unexpected(refusal(*answer));
  }
  return parse_object(answer->body);
}

std::expected<Client::Answer, ClientError> Client::exchange(const std::string& method,
                                                            const std::string& path,
                                                            const std::string& body,
                                                            std::chrono::seconds timeout) const {
  ClientError error;
  error.unreachable = true;
  try {
    const Poco::Timespan limit(std::chrono::microseconds(timeout).count());
    const auto session = connect(url_, limit);
    if (!session) {
      error.message = "\"" + url_ + "\" is not a URL of a daemon (http://HOST:PORT, unix:/PATH)";
      return std::unexpected(std::move(error));
    }
    session->setTimeout(limit, limit, limit);
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    if (!body.empty()) {
      request.setContentType("application/json");
    }
    if (!token_.empty()) {
      request.set("Authorization", "Bearer " + token_);
    }
    if (method == "POST") {
      request.setContentLength(static_cast<std::streamsize>(body.size()));
    }
    session->sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::istream& stream = session->receiveResponse(response);
    Answer answer;
    answer.status = static_cast<int>(response.getStatus());
    answer.body = read_bounded(stream);
    return answer;
  } catch (const Poco::Exception& exception) {
    error.message = "cannot reach a daemon at " + url_ + ": " + exception.displayText();
  } catch (const std::exception& exception) {
    error.message = "cannot reach a daemon at " + url_ + ": " + exception.what();
  }
  return std::unexpected(std::move(error));
}

ClientError Client::refusal(const Answer& answer) {
  ClientError error;
  error.status = answer.status;
  error.message = "the daemon answered " + std::to_string(answer.status);
  const auto document = parse_object(answer.body);
  if (document && (*document)->isObject("error")) {
    const auto said = (*document)->getObject("error");
    error.code = said->optValue<std::string>("code", "");
    error.message = said->optValue<std::string>("message", "");
  }
  return error;
}

std::string path_segment(const std::string& name) {
  std::string encoded;
  Poco::URI::encode(name, "/?#%&=+ ", encoded);
  return encoded;
}

std::expected<Poco::JSON::Object::Ptr, ClientError> parse_object(const std::string& text) {
  ClientError error;
  error.message = "what answered is not a hale daemon";
  try {
    Poco::JSON::Parser parser;
    const Poco::Dynamic::Var value = parser.parse(text);
    if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
      return value.extract<Poco::JSON::Object::Ptr>();
    }
  } catch (const Poco::Exception& exception) {
    error.message += ": " + exception.displayText();
  }
  return std::unexpected(std::move(error));
}

}  // namespace hale::cli
