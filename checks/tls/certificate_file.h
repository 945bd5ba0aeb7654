// What a file of certificates is worth: a server's certificate with its chain, a store of
// authorities, a PKCS#12 bundle. Pure but for look_at(), which blocks: in a BlockingPool only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/tls/certificate.h"
#include "monitor/check_result.h"

namespace hale::checks::tls {

// What belongs to the file.
struct FileContext {
  std::string key_text = {};  // of the private key's own file; "": none, or in the same file
  std::string password = {};  // of a PKCS#12 bundle
};

// Judges the text of the file `path`. A file whose first certificate is no authority's holds a
// server's certificate: each that follows must have signed the one before it, a private key must
// belong to the first, and that key must not be weak. A certificate that is out of its time fails
// the file, but in a store of several authorities only if all are. The item's name is the path.
monitor::ItemResult judge_file(const std::string& path, std::string_view text,
                               const FileContext& beside, monitor::WallTime now);

// Every file that `pattern` (a path or a glob) names, at most kMostFiles of them in order; a path
// without wildcards that does not exist is an item that is missing. Empty: the glob matches
// nothing.
std::vector<monitor::ItemResult> look_at(const std::string& pattern, const std::string& key_file,
                                         const std::string& password, monitor::WallTime now);

inline constexpr std::size_t kMostFiles = 1000;

bool is_glob(std::string_view pattern);

}  // namespace hale::checks::tls
