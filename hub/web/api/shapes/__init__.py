"""What is sent and shown of the larger resources: the models of their requests and answers."""
