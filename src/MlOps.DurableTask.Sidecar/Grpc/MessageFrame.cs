using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace MlOps.DurableTask.Sidecar.Grpc;

/// <summary>
/// How gRPC puts messages on an HTTP/2 stream: a byte that says whether the message is compressed (never, here), its length as four bytes,
/// big-endian, and the message.
/// </summary>
internal static class MessageFrame
{
    private const int HeaderBytes = 5;

    /// <summary>Reads the one message of a unary call, to the end of the stream.</summary>
    /// <exception cref="GrpcException">There is none, more than one, half of one, or it is too large, compressed or not of this type.</exception>
    public static async Task<T> ReadOnlyOneAsync<T>(PipeReader body, MessageParser<T> parser, int maxBytes, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var length = ReadHeader(buffer, maxBytes);
            if (length is { } expected && buffer.Length > HeaderBytes + expected)
                throw new GrpcException(GrpcStatus.Internal, "The request holds more than one message; this method takes one.");
            if (!read.IsCompleted)
            {
                body.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }
            if (length is null || buffer.Length < HeaderBytes + length)
            {
                throw new GrpcException(
                    GrpcStatus.Internal, $"The request ends within a message: {buffer.Length} bytes came{(length is null ? "" : $", {HeaderBytes + length} were announced")}.");
            }
            var message = Parse(parser, buffer.Slice(HeaderBytes));
            body.AdvanceTo(buffer.End);
            return message;
        }
    }

    /// <summary>Writes one message and sends it off.</summary>
    public static async Task WriteAsync(PipeWriter body, IMessage message, CancellationToken cancellationToken)
    {
        var length = message.CalculateSize();
        BinaryPrimitives.WriteUInt32BigEndian(body.GetSpan(HeaderBytes)[1..], (uint)length);
        body.GetSpan(HeaderBytes)[0] = 0;
        body.Advance(HeaderBytes);
        message.WriteTo(body);
        await body.FlushAsync(cancellationToken);
    }

    private static uint? ReadHeader(ReadOnlySequence<byte> buffer, int maxBytes)
    {
        if (buffer.Length < HeaderBytes)
            return null;
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] != 0)
        {
            throw new GrpcException(GrpcStatus.Unimplemented, header[0] == 1
                ? "The message is compressed; this server takes messages as they are (grpc-encoding: identity)."
                : $"The message starts with {header[0]:x2}, where gRPC has 00 or 01.");
        }
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= maxBytes ? length : throw new GrpcException(
            GrpcStatus.ResourceExhausted, $"The message has {length} bytes; this server takes {maxBytes} (MaxMessageBytes). Store large data elsewhere and pass a reference.");
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> bytes) where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcStatus.Internal, $"The message is no {typeof(T).Name}: {e.Message}");
        }
    }
}
