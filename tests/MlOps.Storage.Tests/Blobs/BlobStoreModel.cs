using FsCheck;
using FsCheck.Fluent;
using MlOps.Storage.Blobs;
using System.Text;

namespace MlOps.Storage.Tests.Blobs;

/// <summary>One step that a client may take.</summary>
public abstract record BlobStep(string Name)
{
    public sealed record Write(string Name, string Content) : BlobStep(Name);

    public sealed record Create(string Name, string Content) : BlobStep(Name);

    /// <summary>Writes back under the ETag that the client saw last, which may be out of date.</summary>
    public sealed record WriteBack(string Name, string Content) : BlobStep(Name);

    public sealed record Look(string Name) : BlobStep(Name);

    public sealed record Move(string Name, string To) : BlobStep(Name);

    public sealed record Delete(string Name) : BlobStep(Name);

    public sealed record List(string Name) : BlobStep(Name);

    public static Arbitrary<BlobStep[]> Sequences()
    {
        var name = Gen.Elements("a/x", "a/y", "a-b", "b/c/d", "b/c/é", "b0");
        var content = Gen.Elements("", "1", "22", "333");
        var step = Gen.OneOf(
            name.Zip(content).Select(p => (BlobStep)new Write(p.Item1, p.Item2)),
            name.Zip(content).Select(p => (BlobStep)new Create(p.Item1, p.Item2)),
            name.Zip(content).Select(p => (BlobStep)new WriteBack(p.Item1, p.Item2)),
            name.Zip(name).Select(p => (BlobStep)new Move(p.Item1, p.Item2)),
            name.Select(n => (BlobStep)new Look(n)),
            name.Select(n => (BlobStep)new Delete(n)),
            Gen.Elements("", "a", "a/", "b/c").Select(p => (BlobStep)new List(p)));
        return step.ArrayOf().ToArbitrary();
    }
}

/// <summary>A blob store as a dictionary: what the real ones are compared with, step by step.</summary>
internal sealed class BlobStoreModel(IBlobStore blobs)
{
    private readonly SortedDictionary<string, (string Content, int Version)> _expected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string ETag, int Version)> _seen = new(StringComparer.Ordinal);
    private int _writes;

    public async Task TakeAsync(BlobStep step)
    {
        var exists = _expected.TryGetValue(step.Name, out var current);
        switch (step)
        {
            case BlobStep.Write write:
                Expect(write.Name, write.Content, true, await blobs.TryWriteAsync(write.Name, Encoding.UTF8.GetBytes(write.Content), WriteCondition.None, default));
                break;
            case BlobStep.Create create:
                Expect(create.Name, create.Content, !exists, await blobs.TryWriteAsync(create.Name, Encoding.UTF8.GetBytes(create.Content), WriteCondition.IfAbsent, default));
                break;
            case BlobStep.WriteBack back when _seen.TryGetValue(back.Name, out var seen):
                Expect(back.Name, back.Content, exists && seen.Version == current.Version, await blobs.TryWriteAsync(back.Name, Encoding.UTF8.GetBytes(back.Content), WriteCondition.IfMatch(seen.ETag), default));
                break;
            case BlobStep.Look look:
                var found = await blobs.TryReadAsync(look.Name, default);
                Assert.Equal(exists ? current.Content : null, found is null ? null : Encoding.UTF8.GetString(found.Content.Span));
                if (found is not null) _seen[look.Name] = (found.ETag, current.Version);
                break;
            case BlobStep.Move move when exists:
                await blobs.MoveAsync(move.Name, move.To, default);
                if (move.Name == move.To) break;
                _expected.Remove(move.Name);
                _expected[move.To] = (current.Content, ++_writes);
                break;
            case BlobStep.Delete:
                await blobs.DeleteAsync(step.Name, default);
                _expected.Remove(step.Name);
                break;
            case BlobStep.List:
                var listed = new List<(string, long)>();
                await foreach (var info in blobs.ListAsync(step.Name, default)) listed.Add((info.Name, info.Length));
                Assert.Equal(_expected.Where(e => e.Key.StartsWith(step.Name, StringComparison.Ordinal)).Select(e => (e.Key, (long)e.Value.Content.Length)), listed);
                break;
        }
    }

    private void Expect(string name, string content, bool success, string? eTag)
    {
        Assert.Equal(success, eTag is not null);
        if (!success) return;
        _expected[name] = (content, ++_writes);
        _seen[name] = (eTag!, _writes);
    }
}
