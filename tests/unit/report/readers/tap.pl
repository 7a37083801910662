#!/usr/bin/perl
# tap.pl FILE: what Perl's TAP::Parser makes of a report: for each test point a line `ok|not ok TAB directive TAB description`, for
# each YAML block a line `yaml TAB key=value TAB ...`, sorted. Ends with 1 where it finds an error, 2 where a test failed.
use strict;
use warnings;
use TAP::Parser;

open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!";
my $parser = TAP::Parser->new({tap => do { local $/; <$file> }});
while (my $part = $parser->next) {
  print join("\t", $part->is_actual_ok ? 'ok' : 'not ok', $part->directive, $part->description), "\n" if $part->is_test;
  print join("\t", 'yaml', map { "$_=" . ($part->data->{$_} =~ s/\n/\\n/gr) } sort keys %{$part->data}), "\n" if $part->is_yaml;
  print 'unknown: ', $part->raw, "\n" if $part->is_unknown || $part->is_bailout || $part->is_pragma;
}
print "error: $_\n" for $parser->parse_errors;
exit($parser->parse_errors ? 1 : $parser->has_problems ? 2 : 0);
