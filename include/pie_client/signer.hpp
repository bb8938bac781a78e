/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/** @file
 * How C asks a C++ function for a signature. Not for use by programs. */
#ifndef PIE_CLIENT_SIGNER_HPP
#define PIE_CLIENT_SIGNER_HPP

#include "call.hpp"

#include <algorithm>

/** @cond DETAIL */
namespace pie {
namespace detail {

template <class Function> class signer {
public:
  explicit signer(Function &signs) : signs_(signs) {}

  static std::int32_t from_c(const std::uint8_t *challenge, std::size_t size, std::uint8_t *signature,
                             std::size_t *signature_size, void *user_data) noexcept {
    signer &self = *static_cast<signer *>(user_data);
#ifdef PIE_EXCEPTIONS
    try {
      return self.sign({challenge, size}, signature, signature_size);
    } catch (const std::exception &thrown) {
      self.thrown_ = thrown.what();
    } catch (...) {
      self.thrown_ = "an exception of an unknown type";
    }
    return 1;
#else
    return self.sign({challenge, size}, signature, signature_size);
#endif
  }

  /** Adds what the function threw. */
  result<void> explain(result<void> how) const {
    if (how || !thrown_) return how;
    return error(how.status(), std::string(how.error().what()) + ": " + *thrown_);
  }

private:
  std::int32_t sign(bytes challenge, std::uint8_t *signature, std::size_t *signature_size) {
    const auto made = signs_(challenge);
    const bytes all(made);
    if (all.size > *signature_size) {
      thrown_ = "the signature is too long";
      return 1;
    }
    std::copy_n(static_cast<const std::uint8_t *>(all.data), all.size, signature);
    *signature_size = all.size;
    return 0;
  }

  Function &signs_;
  std::optional<std::string> thrown_{};
};

} // namespace detail
} // namespace pie
/** @endcond */

#endif
