#include "exporters/http/message.h"

#include "exporters/json/documents.h"

namespace hale::exporters {

Response text_response(int status, std::string body) {
  return Response{.status = status,
                  .content_type = kTextContentType,
                  .body = std::make_shared<const std::string>(std::move(body))};
}

Response json_response(std::string body) {
  return Response{.status = 200,
                  .content_type = kJsonContentType,
                  .body = std::make_shared<const std::string>(std::move(body))};
}

Response error_response(const ApiError& error) {
  Response response = json_response(error_json(error.code, error.message));
  response.status = error.status;
  if (error.status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

}  // namespace hale::exporters
