# cmake -DINPUT=file.toml -DOUTPUT=file.cc -P embed_text.cmake: a text as a C++ string.
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "// Made from a text by config/embed_text.cmake.
#include \"config/builtin.h\"

namespace hale::config {

std::string_view builtin_host_text() { return R\"toml_text(${text})toml_text\"; }

}  // namespace hale::config
")
