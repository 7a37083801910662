#!/usr/bin/perl
# nagios.pl FILE: what Monitoring::Plugin makes of a report: the state and the words on the first line, then for each number a line
# `label value unit warning critical minimum maximum status`, `-` for what is not said. Ends with 1 where it is no plugin's output.
use strict;
use warnings;
use Monitoring::Plugin::Performance;

open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!";
my $output = do { local $/; <$file> };
my ($state, $words, $numbers) = $output =~ /\ADRYDOCK (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]*) \| ([^|\n]*)\n\z/
  or die "no line of a plugin: $output";
print "$state $words\n";
my @numbers = Monitoring::Plugin::Performance->parse_perfstring($numbers);
# What it can't read it leaves out.
die "not all is read: $numbers" if @numbers != split ' ', $numbers;
for my $one (@numbers) {
  my $threshold = $one->threshold;
  my @said = map { defined && length ? $_ : '-' } $one->label, $one->value, $one->uom, $threshold->warning, $threshold->critical,
    $one->min, $one->max, $threshold->get_status($one->value);
  print "@said\n";
}
