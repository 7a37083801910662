#pragma once

namespace drydock {

/// Days that a certificate must be valid for, and those below which somebody is warned.
inline constexpr int kCertificateDaysWanted = 14, kCertificateDaysComfortable = 30;

}  // namespace drydock
