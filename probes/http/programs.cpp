#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/core/text.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

enum class Program { cgi, handler, ssi };

/// The kind by the first path segment that has a script's suffix, so that PATH_INFO does not hide it.
Program kind_of(const net::Url& url) {
  const std::string path = ascii_lower(url.path) + "/";
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
  const std::string media = ascii_lower(type.substr(0, type.find_first_of("; \t")));
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

/// What begins as no page and no output begins: an interpreter's line, or PHP's. Empty where the body does not.
std::string certain_source_in(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (body.starts_with("#!")) return brief(body.substr(0, body.find('\n')));
  return ascii_lower(body.substr(0, 5)) == "<?php" ? "<?php" : "";
}

/// A line of the body that reads like one of a program; empty where none does. Pages that only show a program (HTML)
/// don't count: their first line is markup. That it reads so proves nothing: a poem may begin with "import".
std::string likely_source_in(std::string_view body) {
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
      if (first.empty()) first = brief(clip(line, 80));
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

std::optional<Judgement> judge_status(const Answer& answer, const Words& words) {
  if (answer.status >= 200 && answer.status < 300) return std::nullopt;
  const std::string actual = answer.line();
  if (answer.status >= 300 && answer.status < 400) {
    const std::string* location = answer.header("location");
    return Judgement::inconclusive(
        fmt::format("nothing was run: the server redirects to {}", location ? brief(*location) : "an unnamed place"),
        "ask for the URL that the redirect ends at");
  }
  if (says_not_now(answer)) return Judgement::inconclusive(fmt::format("the server says \"not now\": {}", actual));
  std::string hint(words.off_hint);
  if (answer.status == 500)
    hint = "the program itself fails: its interpreter (#! line), its mode, its output; the error log";
  if (answer.status == 404)
    hint = "the file is not where the server looks: the user's folder, the document root, aliases";
  return Judgement::fail(fmt::format("{} did not run: the server answered {}", words.what, actual), "a status of 2xx",
                         actual, hint);
}

/// What proves that the program was not run: its text, a type that nothing but its file has, or none at all.
std::optional<Judgement> judge_certain(const Answer& answer, const Words& words) {
  const std::string_view body = answer.body->text();
  const std::string* type = answer.header("content-type");
  const std::string hint(words.off_hint);
  if (const std::string source = certain_source_in(body); !source.empty())
    return Judgement::fail(fmt::format("{} is shown as source instead of being run: {}", words.what, source),
                           "the program's output", source, hint);
  const bool offered = answer.header("content-disposition") != nullptr;  // which no server adds to a file by itself
  if (type && !offered && is_source_type(*type))
    return Judgement::fail(fmt::format("{} is handed out as {} instead of being run", words.what, brief(*type)),
                           "a Content-Type that the program chose", brief(*type), hint);
  if (!type && !body.empty())
    return Judgement::fail(fmt::format("{} was not run: the answer has a body and no Content-Type, which a program's "
                                       "answer always has (RFC 3875 §6.3.1)",
                                       words.what),
                           "a Content-Type", "none", hint);
  return std::nullopt;
}

/// What looks as if the program was not run, and proves nothing.
std::optional<Judgement> judge_looks(const Answer& answer, const Words& words) {
  const std::string* disposition = answer.header("content-disposition");
  const std::string hint = fmt::format(
      "put ${{token}} into the URL and expect it in the body, which proves that it runs; {}", words.off_hint);
  if (const std::string source = likely_source_in(answer.body->text()); !source.empty())
    return Judgement::warn(fmt::format("what {} answers reads like its source: {}", words.what, source),
                           "the program's output", source, hint);
  if (disposition && ascii_lower(*disposition).starts_with("attachment"))
    return Judgement::warn(fmt::format("{} is offered as a download", words.what), "no Content-Disposition",
                           brief(*disposition), hint);
  return std::nullopt;
}

std::optional<Judgement> judge_includes(std::string_view body) {
  const std::string hint(words_of(Program::ssi).off_hint);
  if (const std::size_t raw = body.find("<!--#"); raw != std::string_view::npos)
    return Judgement::fail("server-side includes are not expanded: the page shows its directives",
                           "no \"<!--#\" in the page", brief(clip(body.substr(raw, body.find('\n', raw) - raw), 60)),
                           hint);
  if (body.find(kSsiError) != std::string_view::npos)
    return Judgement::fail("a server-side include fails", fmt::format("no \"{}\" in the page", kSsiError),
                           std::string(kSsiError), "the file that the page includes is missing or can't be read");
  return std::nullopt;
}

std::string_view name_of(Program kind) {
  return kind == Program::cgi ? "a .cgi script" : kind == Program::ssi ? "a .shtml page" : "a script of a handler";
}

/// True where the redirects led to the same path, at another scheme, port or name of the host: there the same program
/// is expected.
bool is_same_program(const Answer& answer, const Subject& subject) {
  const auto asked = target_of(subject.parameters, subject);
  const auto url = net::parse_url(answer.url);
  return asked && url && comparable_url("http://a" + asked->url.path) == comparable_url("http://a" + url->path);
}

/// An answer that shows nothing of what the program says: any server may give it to everything.
std::optional<Judgement> judge_without_page(const Answer& answer, const Subject& subject, const Words& words) {
  const std::string no_page = why_no_page(subject, answer);
  const bool ended_well = answer.status < 300 || answer.status == 304;
  if (no_page.empty() || !ended_well) return std::nullopt;
  return Judgement::inconclusive(
      fmt::format("{}, so nothing tells that {} runs", no_page, words.what),
      "ask for it by GET, without a condition, so that it says something; where it never does, leave out `executes`");
}

Judgement judge_answer(const Answer& answer, const Observation& seen, const Subject& subject, Program kind) {
  if (followed(seen) && !is_same_program(answer, subject))
    return Judgement::inconclusive(fmt::format("nothing was run: the server redirects to {}", brief(answer.url)),
                                   "ask for the URL that the redirect ends at");
  const Words words = words_of(kind);
  if (auto judgement = judge_without_page(answer, subject, words)) return *judgement;
  if (auto judgement = judge_status(answer, words))
    return answer.status < 500 ? unless_withheld(std::move(*judgement), seen) : *judgement;
  const bool proven = shows_token(answer, subject);
  std::optional<Judgement> judgement;
  if (!proven) judgement = judge_certain(answer, words);
  // That the token is shown proves that something runs, not that each include of a page does.
  if (!judgement && (!proven || kind == Program::ssi)) judgement = judge_includes(answer.body->text());
  if (judgement) return *judgement;
  if (const std::string why = withheld_at_the_end(seen); !why.empty())
    return Judgement::inconclusive(fmt::format("whether {} runs was not seen: {}", words.what, why),
                                   "ask for the URL that the redirect ends at");
  if (!answer.body->whole() && (!proven || kind == Program::ssi))
    return end_not_seen(seen, "the whole of the program's answer");
  if (!proven) judgement = judge_looks(answer, words);
  if (judgement) return *judgement;
  const std::string* type = answer.header("content-type");
  return Judgement::pass(fmt::format("{} {}", answer.status, type ? brief(*type) : ""));
}

Judgement judge_program(const Observation& seen, const Subject& subject, Program kind) {
  const auto wanted = wanted_program(subject);
  if (!wanted) return Judgement::skip("the probe does not say that something runs here (executes: true)");
  if (*wanted != kind) return Judgement::skip(fmt::format("the URL names {}, not {}", name_of(*wanted), name_of(kind)));
  const auto answer = final_answer(seen);
  const std::string no_page = answer ? why_no_page(subject, *answer) : "";
  if (!answer || (no_page.empty() && !answer->body)) return end_not_seen(seen, "the program's answer");
  Judgement judgement = judge_answer(*answer, seen, subject, kind);
  judgement.stage = followed(seen) ? "redirect" : "answer";
  judgement.reproduce = by_curl(seen, subject, followed(seen));
  return judgement;
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
