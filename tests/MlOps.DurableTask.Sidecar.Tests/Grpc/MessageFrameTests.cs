using System.Buffers;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.Sidecar.Grpc;

namespace MlOps.DurableTask.Sidecar.Tests.Grpc;

public class MessageFrameTests
{
    [Fact]
    public void A_message_comes_through_in_whatever_pieces() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<PositiveInt>(), (text, size) =>
        {
            var message = new EventRaisedEvent { Name = string.Concat(text.Get.EnumerateRunes()), Input = "{}" };
            return ReadInPiecesAsync(message, size.Get).GetAwaiter().GetResult().Equals(message);
        }).QuickCheckThrowOnFailure();

    private static async Task<EventRaisedEvent> ReadInPiecesAsync(EventRaisedEvent message, int size)
    {
        var written = new Pipe();
        await MessageFrame.WriteAsync(written.Writer, message, CancellationToken.None);
        await written.Writer.CompleteAsync();
        var bytes = (await written.Reader.ReadAsync()).Buffer.ToArray();

        var pieces = new Pipe();
        var reading = MessageFrame.ReadOnlyOneAsync(pieces.Reader, EventRaisedEvent.Parser, 1_000_000, CancellationToken.None);
        foreach (var piece in bytes.Chunk(size))
            await pieces.Writer.WriteAsync(piece);
        await pieces.Writer.CompleteAsync();
        return await reading;
    }
}
