using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Text;

namespace MlOps.Core.Tests.Text;

public class LineDiffTests
{
    [Fact]
    public void Without_what_was_added_it_is_the_old_text_and_without_what_was_removed_the_new() =>
        Prop.ForAll(Texts.Two().ToArbitrary(), pair =>
        {
            var diff = LineDiff.Compare(pair.Before, pair.After);
            return Join(diff, DiffKind.Added) == pair.Before && Join(diff, DiffKind.Removed) == pair.After;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_text_has_no_changes() => Assert.Empty(LineDiff.Excerpt(LineDiff.Compare("a\nb\n", "a\r\nb"), 2));

    [Fact]
    public void An_excerpt_has_the_lines_around_a_change()
    {
        var before = string.Join('\n', Enumerable.Range(1, 20));
        var diff = LineDiff.Excerpt(LineDiff.Compare(before, before.Replace("\n10\n", "\nten\n", StringComparison.Ordinal)), 1);
        Assert.Equal(
            [(DiffKind.Kept, "9"), (DiffKind.Removed, "10"), (DiffKind.Added, "ten"), (DiffKind.Kept, "11"), (DiffKind.Omitted, "")],
            diff.Select(l => (l.Kind, l.Text)));
    }

    private static string Join(IEnumerable<DiffLine> lines, DiffKind without) => string.Join('\n', lines.Where(l => l.Kind != without).Select(l => l.Text));

    private static class Texts
    {
        /// <summary>Few different lines, so that texts have much in common; no empty last line, which a file's end hides.</summary>
        public static Gen<(string Before, string After)> Two()
        {
            var text = Gen.Elements("a", "b", "c", "d").NonEmptyListOf().Select(l => string.Join('\n', l));
            return from before in text from after in text select (before, after);
        }
    }
}
