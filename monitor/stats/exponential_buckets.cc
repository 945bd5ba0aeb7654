#include "monitor/stats/exponential_buckets.h"

#include <array>
#include <bit>
#include <cmath>

namespace hale::monitor {
namespace {

constexpr unsigned kMantissaBits = 52;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << kMantissaBits) - 1;
constexpr int kExponentBias = 1023;

// Where the buckets of an octave end, as mantissas: floor((2^((k+1)/64) - 1) * 2^52).
constexpr std::array<std::uint64_t, kBucketsPerOctave> kEnds = {
    0x002c9a3e778060, 0x0059b0d3158574, 0x00874518759bc8, 0x00b5586cf9890f, 0x00e3ec32d3d1a2,
    0x011301d0125b50, 0x01429aaea92ddf, 0x0172b83c7d517a, 0x01a35beb6fcb75, 0x01d4873168b9aa,
    0x02063b88628cd6, 0x02387a6e756238, 0x026b4565e27cdd, 0x029e9df51fdee1, 0x02d285a6e4030b,
    0x0306fe0a31b715, 0x033c08b26416ff, 0x0371a7373aa9ca, 0x03a7db34e59ff6, 0x03dea64c123422,
    0x04160a21f72e29, 0x044e086061892d, 0x0486a2b5c13cd0, 0x04bfdad5362a27, 0x04f9b2769d2ca6,
    0x05342b569d4f81, 0x056f4736b527da, 0x05ab07dd485429, 0x05e76f15ad2148, 0x06247eb03a5584,
    0x06623882552224, 0x06a09e667f3bcc, 0x06dfb23c651a2e, 0x071f75e8ec5f73, 0x075feb564267c8,
    0x07a11473eb0186, 0x07e2f336cf4e62, 0x082589994cce12, 0x0868d99b4492ec, 0x08ace5422aa0db,
    0x08f1ae99157736, 0x093737b0cdc5e4, 0x097d829fde4e4f, 0x09c49182a3f090, 0x0a0c667b5de564,
    0x0a5503b23e255c, 0x0a9e6b5579fdbf, 0x0ae89f995ad3ad, 0x0b33a2b84f15fa, 0x0b7f76f2fb5e46,
    0x0bcc1e904bc1d2, 0x0c199bdd85529c, 0x0c67f12e57d14b, 0x0cb720dcef9069, 0x0d072d4a07897b,
    0x0d5818dcfba487, 0x0da9e603db3285, 0x0dfc97337b9b5e, 0x0e502ee78b3ff6, 0x0ea4afa2a490d9,
    0x0efa1bee615a27, 0x0f50765b6e4540, 0x0fa7c1819e90d8, 0x10000000000000,
};

// An octave cut into twice as many linear pieces as it has buckets: each piece touches two buckets
// at most, as the narrowest bucket, the first, is wider than a piece. Here is the lower one of
// them.
constexpr unsigned kPieceBits = kSchema + 1;
constexpr unsigned kPieceShift = kMantissaBits - kPieceBits;

constexpr std::array<std::uint8_t, 1U << kPieceBits> make_pieces() {
  std::array<std::uint8_t, 1U << kPieceBits> pieces{};
  std::uint8_t bucket = 0;
  for (std::uint64_t piece = 0; piece < pieces.size(); ++piece) {
    while (piece << kPieceShift >= kEnds[bucket]) {
      ++bucket;
    }
    pieces[piece] = bucket;
  }
  return pieces;
}
constexpr auto kPieces = make_pieces();

}  // namespace

int bucket_index(double value) {
  // A bucket includes its upper bound: one step down, the bound lies below it.
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value) - 1;
  const std::uint64_t mantissa = bits & kMantissaMask;
  const int octave = static_cast<int>(bits >> kMantissaBits) - kExponentBias;
  unsigned bucket = kPieces[mantissa >> kPieceShift];
  bucket += static_cast<unsigned>(mantissa >= kEnds[bucket]);
  return octave * kBucketsPerOctave + static_cast<int>(bucket) + 1;
}

double bucket_upper_bound(int index) {
  const int octave = (index - 1) >> kSchema;
  const int bucket = (index - 1) - octave * kBucketsPerOctave;
  // kEnds is rounded down; the last one is 2^52, which makes the next power of two.
  const double fraction =
      1.0 + static_cast<double>(kEnds[static_cast<std::size_t>(bucket)]) * 0x1p-52;
  return std::ldexp(fraction, octave);
}

double bucket_value(int index, int schema) {
  const int finer = 1 << (kSchema - schema);  // as many buckets of ours make one
  const double low = bucket_upper_bound((index - 1) * finer);
  const double high = bucket_upper_bound(index * finer);
  return 2 * low * (high / (low + high));
}

}  // namespace hale::monitor
