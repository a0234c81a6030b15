# Reads one xunit result file (xUnit.net v2+ XML) and prints what its SHOW asks for:
#   counts     passed failed skipped not-run errors
#   failures   each failed test with its message, stack trace and output, indented
#   skips      each skipped test and its reason, one line each
# One awk record is one <test …> element; what stands before the first holds the totals.
BEGIN { RS = "<test " }

function attribute(text, key,    at, rest) {
  at = index(text, " " key "=\"")
  if (at == 0) return ""
  rest = substr(text, at + length(key) + 3)
  return decoded(substr(rest, 1, index(rest, "\"") - 1))
}

function content(text, element,    start, rest, finish) {
  start = index(text, "<" element "><![CDATA[")
  if (start == 0) return ""
  rest = substr(text, start + length(element) + 11)
  finish = index(rest, "]]></" element ">")
  return unescaped(finish ? substr(rest, 1, finish - 1) : rest)
}

function decoded(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#x[aA];/, " ", text); gsub(/&amp;/, "\\&", text)
  return unescaped(text)
}

# The runner writes quotes and backslashes inside values with a backslash before them.
function unescaped(text) {
  gsub(/\\"/, "\"", text)
  return text
}

function indented(text) {
  sub(/[ \t\r\n]+$/, "", text)
  gsub(/\r?\n/, "\n    ", text)
  return "    " text
}

NR == 1 {
  if (SHOW == "counts") {
    head = substr($0, index($0, "<assembly "))
    failures = attribute(head, "failed"); errors = attribute(head, "errors")
    print attribute(head, "passed") + 0, failures + 0, attribute(head, "skipped") + 0, attribute(head, "not-run") + 0, errors + 0
    exit
  }
  next
}

{ test = " " $0 }

SHOW == "failures" && attribute(test, "result") == "Fail" {
  print "  " attribute(test, "name")
  print indented(content(test, "message"))
  if (index(test, "<stack-trace>")) print indented(content(test, "stack-trace"))
  if (index(test, "<output>")) print indented("output:\n" content(test, "output"))
}

SHOW == "skips" && attribute(test, "result") == "Skip" {
  reason = content(test, "reason")
  gsub(/[ \t\r\n]+/, " ", reason)
  print "  " attribute(test, "name") ": " reason
}
