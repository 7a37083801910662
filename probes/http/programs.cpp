#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

enum class Program { cgi, handler, ssi };

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// The kind by the first path segment that has a script's suffix, so that PATH_INFO does not hide it.
Program kind_of(const net::Url& url) {
  const std::string path = lower(url.path) + "/";
  if (path.find(".shtml/") != std::string::npos) return Program::ssi;
  if (path.find(".cgi/") != std::string::npos || path.find("/cgi-bin/") != std::string::npos) return Program::cgi;
  return Program::handler;
}

std::optional<Program> wanted_program(const Subject& subject) {
  if (!subject.parameters.flag("executes")) return std::nullopt;
  const auto target = target_of(subject.parameters, subject);
  return target ? std::optional(kind_of(target->url)) : std::nullopt;
}

/// Media types that hand out a program instead of running it.
bool is_source_type(std::string_view type) {
  static constexpr std::array<std::string_view, 16> kTypes{"application/octet-stream",
                                                           "application/x-sh",
                                                           "application/x-csh",
                                                           "application/x-perl",
                                                           "application/x-python",
                                                           "application/x-python-code",
                                                           "application/x-cgi",
                                                           "application/x-httpd-cgi",
                                                           "application/x-httpd-php",
                                                           "application/x-ruby",
                                                           "application/x-trash",
                                                           "text/x-python",
                                                           "text/x-perl",
                                                           "text/x-sh",
                                                           "text/x-ruby",
                                                           "text/x-script.python"};
  const std::string media = lower(type.substr(0, type.find_first_of("; \t")));
  return std::find(kTypes.begin(), kTypes.end(), media) != kTypes.end();
}

bool is_source_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.starts_with("import ") || line.starts_with("use strict") || line.starts_with("<?php") ||
      line.starts_with("# -*- coding"))
    return true;
  if (line.starts_with("from ") && line.find(" import ") != std::string_view::npos) return true;
  return (line.starts_with("def ") || line.starts_with("class ")) && line.ends_with(":");
}

/// What of a program's text stands in the body; empty where nothing does. Pages that only show a program (HTML) don't
/// count: their first line is markup.
std::string source_in(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (body.starts_with("#!")) return printable(body.substr(0, body.find('\n')));
  if (lower(body.substr(0, 5)) == "<?php") return "<?php";
  const std::size_t text = body.find_first_not_of(" \t\r\n");
  if (text == std::string_view::npos || body[text] == '<') return {};
  int found = 0;
  std::string first;
  bool at_start = true;
  for (std::size_t from = 0, lines = 0; from < body.size() && lines < 200; ++lines) {
    const std::size_t end = std::min(body.find('\n', from), body.size());
    const std::string_view line = body.substr(from, end - from);
    from = end + 1;
    if (is_source_line(line)) {
      if (first.empty()) first = printable(clip(line, 80));
      if (at_start) return first;
      ++found;
    }
    if (line.find_first_not_of(" \t\r") != std::string_view::npos && line.front() != '#') at_start = false;
  }
  return found >= 3 ? first : std::string();
}

struct Words {
  std::string_view what;      ///< the program
  std::string_view off_hint;  ///< what to look at when it was not run
};

Words words_of(Program kind) {
  switch (kind) {
    case Program::cgi:
      return {"the script",
              "AddHandler cgi-script, Options +ExecCGI and mod_cgid for this directory; the script's #! line and its "
              "mode; the server's error log"};
    case Program::handler:
      return {"the handler",
              "AddHandler or Action for this suffix, the module or program behind it; the server's error log"};
    case Program::ssi:
      return {"the page with server-side includes",
              "Options +Includes and AddOutputFilter INCLUDES .shtml for this directory, and mod_include"};
  }
  return {};
}

constexpr std::string_view kSsiError = "[an error occurred while processing this directive]";

std::optional<Judgement> judge_status(const Observation& seen, const Subject& subject, const Words& words) {
  const int status = status_of(seen);
  if (status >= 200 && status < 300) return std::nullopt;
  const std::string* reason = seen.get(kHttp.reason);
  const std::string actual = fmt::format("{} {}", status, reason ? printable(*reason) : "");
  if (status >= 300 && status < 400) {
    const std::string* location = seen.get(kHttp.location);
    return Judgement::inconclusive(fmt::format("nothing was run: the server redirects to {}",
                                               location ? printable(*location) : "an unnamed place"),
                                   "ask for the URL that the redirect ends at");
  }
  if (status == 429 || (status == 503 && header(seen, "retry-after")))
    return Judgement::inconclusive(fmt::format("the server says \"not now\": {}", actual));
  std::string hint(words.off_hint);
  if (status == 500) hint = "the program itself fails: its interpreter (#! line), its mode, its output; the error log";
  if (status == 404) hint = "the file is not where the server looks: the user's folder, the document root, aliases";
  (void)subject;
  return Judgement::fail(fmt::format("{} did not run: the server answered {}", words.what, actual), "a status of 2xx",
                         actual, hint);
}

std::optional<Judgement> judge_source(const Observation& seen, const Words& words, std::string_view body) {
  const std::string* type = seen.get(kHttp.type);
  const std::string* disposition = header(seen, "content-disposition");
  const std::string shown = type ? printable(*type) : "no Content-Type";
  const std::string source = source_in(body);
  const std::string hint(words.off_hint);
  if (!source.empty())
    return Judgement::fail(fmt::format("{} is shown as source instead of being run: {}", words.what, source),
                           "the program's output", source, hint);
  if (type && is_source_type(*type))
    return Judgement::fail(fmt::format("{} is handed out as {} instead of being run", words.what, shown),
                           "a Content-Type that the program chose", shown, hint);
  if (disposition && lower(*disposition).starts_with("attachment"))
    return Judgement::fail(fmt::format("{} is offered as a download instead of being run", words.what),
                           "no Content-Disposition", printable(*disposition), hint);
  if (!type && !body.empty())
    return Judgement::fail(fmt::format("{} was not run: the answer has a body and no Content-Type, which a program's "
                                       "answer always has (RFC 3875 §6.3.1)",
                                       words.what),
                           "a Content-Type", "none", hint);
  return std::nullopt;
}

std::optional<Judgement> judge_includes(std::string_view body) {
  const std::string hint(words_of(Program::ssi).off_hint);
  if (const std::size_t raw = body.find("<!--#"); raw != std::string_view::npos)
    return Judgement::fail("server-side includes are not expanded: the page shows its directives",
                           "no \"<!--#\" in the page",
                           printable(clip(body.substr(raw, body.find('\n', raw) - raw), 60)), hint);
  if (body.find(kSsiError) != std::string_view::npos)
    return Judgement::fail("a server-side include fails", fmt::format("no \"{}\" in the page", kSsiError),
                           std::string(kSsiError), "the file that the page includes is missing or can't be read");
  return std::nullopt;
}

std::string_view name_of(Program kind) {
  return kind == Program::cgi ? "a .cgi script" : kind == Program::ssi ? "a .shtml page" : "a script of a handler";
}

Judgement judge_program(const Observation& seen, const Subject& subject, Program kind) {
  const auto wanted = wanted_program(subject);
  if (!wanted) return Judgement::skip("the probe does not say that something runs here (executes: true)");
  if (*wanted != kind) return Judgement::skip(fmt::format("the URL names {}, not {}", name_of(*wanted), name_of(kind)));
  const std::string* body = seen.get(kHttp.body);
  if (status_of(seen) == 0 || !body) return not_seen(seen, "the program's answer");
  const Words words = words_of(kind);
  auto judgement = judge_status(seen, subject, words);
  if (!judgement) judgement = judge_source(seen, words, *body);
  if (!judgement) judgement = judge_includes(*body);
  if (!judgement) {
    if (seen.error) return not_seen(seen, "the whole of the program's answer");
    const std::string* type = seen.get(kHttp.type);
    judgement = Judgement::pass(fmt::format("{} {}", status_of(seen), type ? printable(*type) : ""));
  }
  judgement->stage = "answer";
  judgement->reproduce = by_curl(subject);
  return *judgement;
}

}  // namespace

Judgement judge_cgi(const Observation& seen, const Subject& subject) {
  return judge_program(seen, subject, Program::cgi);
}

Judgement judge_handler(const Observation& seen, const Subject& subject) {
  return judge_program(seen, subject, Program::handler);
}

Judgement judge_ssi(const Observation& seen, const Subject& subject) {
  return judge_program(seen, subject, Program::ssi);
}

bool judged_as_program(const Subject& subject) {
  return wanted_program(subject).has_value();
}

}  // namespace drydock::http
