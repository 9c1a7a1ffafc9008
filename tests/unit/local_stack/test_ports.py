import socket

from local_stack.ports import FIRST_PORT, LAST_PORT, free_ports, is_free


def test_ports_differ_and_lie_where_the_kernel_lends_none_to_clients() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(FIRST_PORT <= port < LAST_PORT for port in ports)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not is_free(listener.getsockname()[1])
