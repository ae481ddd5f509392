using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Text;

namespace MlOps.Core.Tests.Text;

public sealed class LineDiffTests
{
    [Fact]
    public void Changes_are_shown_between_the_lines_around_them()
    {
        var diff = LineDiff.Unified("a\nb\nc\nd\ne\nf\ng\nh\ni\nj", "a\nb\nc\nX\ne\nf\ng\nh\ni\nj\nk", "p.yaml");
        Assert.Equal("--- p.yaml\n+++ p.yaml\n@@ -2,5 +2,5 @@\n b\n c\n-d\n+X\n e\n f\n@@ -9,2 +9,3 @@\n i\n j\n+k\n", diff);
    }

    [Fact]
    public void Equal_texts_have_no_difference_whatever_their_line_ends() => Assert.Empty(LineDiff.Unified("a\r\nb", "a\nb", "p"));

    [Fact]
    public void Texts_of_very_many_lines_are_shown_as_replaced()
    {
        var text = string.Join('\n', Enumerable.Range(0, 5000));
        var diff = LineDiff.Unified(text, text + "\nmore", "p").Split('\n');
        Assert.Equal((5000, 5001), (diff.Skip(2).Count(l => l.StartsWith('-')), diff.Skip(2).Count(l => l.StartsWith('+'))));
    }

    [Fact]
    public void Added_lines_are_exactly_those_with_a_plus() => Check.QuickThrowOnFailure(Prop.ForAll<byte[], byte[]>((old, more) =>
    {
        var before = string.Join('\n', old.Select(b => b % 4));
        var after = $"{before}\n{string.Join('\n', more.Select(b => "new" + (b % 3)))}";
        var body = LineDiff.Unified(before, after, "p").Split('\n').Skip(2).ToList();
        return body.Count(l => l.StartsWith('+')) == Math.Max(1, more.Length) && !body.Exists(l => l.StartsWith('-'));
    }));
}
