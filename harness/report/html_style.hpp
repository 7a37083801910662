#pragma once
#include <string_view>

namespace drydock {

/// The style sheet of the HTML report. Foreground and background of one tone have the same name, the second with
/// `-back`: each pair is readable (WCAG 2.2, 1.4.3), in light and in dark.
extern const std::string_view kHtmlStyle;
/// `sha256-...` of it, as Content-Security-Policy allows it. Whoever changes the style gets the new one from the test.
extern const std::string_view kHtmlStyleHash;

}  // namespace drydock
